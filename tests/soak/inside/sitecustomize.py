"""On the path of the service alone: at SIGUSR1 it writes what cannot be seen from outside.

The tasks of the event loop by name and the objects that the garbage collector follows by type, as
JSON to the path in SOAK_FIGURES; with PYTHONTRACEMALLOC a dump of the allocations beside it.
"""

from __future__ import annotations

import asyncio
import collections
import gc
import json
import os
import signal
import tracemalloc
from pathlib import Path
from typing import Any


def _waits(coroutine: Any) -> str:
    """The coroutines from the outermost to the one that waits."""
    chain = []
    while hasattr(coroutine, "cr_await"):
        chain.append(coroutine.__qualname__)
        coroutine = coroutine.cr_await
    return " > ".join(chain)


def _tell(_number: int, _frame: object) -> None:
    path = Path(os.environ["SOAK_FIGURES"])
    gc.collect()
    tasks = collections.Counter(_waits(task.get_coro()) for task in asyncio.all_tasks())
    objects = collections.Counter(type(each).__qualname__ for each in gc.get_objects())
    if tracemalloc.is_tracing():
        tracemalloc.take_snapshot().dump(str(path.with_suffix(".allocations")))
    new = path.with_suffix(".new")
    new.write_text(json.dumps({"tasks": tasks, "objects": objects}))
    new.replace(path)


if "SOAK_FIGURES" in os.environ:
    signal.signal(signal.SIGUSR1, _tell)

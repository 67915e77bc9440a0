"""Faults of memory, and what is none."""

from __future__ import annotations

from functools import partial

from tests.faults import inject, inject_memory, inject_replication
from tests.faults.fault import READS_ONLY, Fault, Group

_fault = partial(Fault, group=Group.MEMORY)
_DEBUG = {"enable-debug-command": "yes"}

MEMORY = (
    _fault(
        row=38,
        name="out of memory, noeviction",
        inject=inject_memory.out_of_memory("noeviction"),
        code="OOM",
        state="down",
        config=_DEBUG,
        told="noeviction",
        advised="raise maxmemory",
    ),
    _fault(
        row=38,
        name="out of memory, writes are not required",
        inject=inject_memory.out_of_memory("noeviction"),
        code="OOM",
        state="degraded",
        arguments=READS_ONLY,
        config=_DEBUG,
        told="noeviction",
        advised="raise maxmemory",
    ),
    _fault(
        row=40,
        name="full cache, allkeys-lru",
        inject=inject_memory.full_cache,
        code=None,
        state="up",
    ),
    _fault(
        row=41,
        name="memory at 92 %, noeviction",
        inject=inject_memory.nearly_out_of_memory,
        code="MEM_HIGH",
        state="degraded",
        config=_DEBUG,
        told="memory 92%",
        advised="raise maxmemory",
    ),
    _fault(
        row=42,
        name="fragmentation of an empty server",
        inject=inject.nothing,
        code=None,
        state="up",
    ),
    _fault(
        name="out of memory, volatile-lru and no key that expires",
        inject=inject_memory.out_of_memory("volatile-lru"),
        code="OOM",
        state="down",
        config=_DEBUG,
        told="finds no key to evict",
        advised="raise maxmemory",
    ),
    _fault(
        name="replica beyond maxmemory, which it ignores",
        prepare=inject_replication.replica(),
        inject=inject_memory.replica_beyond_maxmemory,
        code=None,
        state="up",
    ),
)

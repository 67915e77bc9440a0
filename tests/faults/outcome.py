"""What came of each fault in a run, kept in a file that several runs may add to."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tests.faults.rivals import Answer

RESULTS = Path(__file__).resolve().parents[2] / "build" / "faults.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of one fault.

    ``problem`` is empty when the service said what it should. ``seconds`` is how long it took to
    say so and ``bound`` how long it may, ``recovered`` the seconds until all was well again, None
    where the scene ends with the fault. The answers of the others are those during the fault, and
    ``again`` those after it; None where they were not asked.
    """

    problem: str = ""
    seconds: float = 0.0
    bound: float = 0.0
    recovered: float | None = None
    message: str = ""
    advice: str = ""
    redis_cli: Answer | None = None
    exporter: Answer | None = None
    redis_cli_again: Answer | None = None
    exporter_again: Answer | None = None


def load(path: Path = RESULTS) -> dict[str, Outcome]:
    """The outcomes by the name of the fault; empty where there are none."""
    if not path.exists():
        return {}
    return {name: _outcome(fields) for name, fields in json.loads(path.read_text()).items()}


def add(outcomes: Mapping[str, Outcome], path: Path = RESULTS) -> None:
    """Adds outcomes, replacing older ones of the same faults; safe beside other processes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        merged = {**load(path), **outcomes}
        new = path.with_suffix(f".{os.getpid()}")
        document = {name: asdict(outcome) for name, outcome in merged.items()}
        new.write_text(json.dumps(document, indent=1) + "\n")
        new.replace(path)


def _outcome(fields: dict[str, Any]) -> Outcome:
    answers = ("redis_cli", "exporter", "redis_cli_again", "exporter_again")
    read = {name: Answer(**fields[name]) for name in answers if fields[name] is not None}
    return Outcome(**{**fields, **read})

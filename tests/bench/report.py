"""What a measurement comes to: lines for people, and ratios that must hold."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field


@dataclass
class Report:
    """Collects lines, and the ratios that did not hold."""

    broken: list[str] = field(default_factory=list)

    def tell(self, what: str, value: float, unit: str) -> None:
        """One measured number."""
        print(f"{what:<58} {value:>12.4g} {unit}", flush=True)

    def hold(self, what: str, ratio: float, *, most: float) -> None:
        """A ratio of two numbers of this run, which must not exceed ``most``."""
        verdict = "ok" if ratio <= most else "TOO MUCH"
        print(f"{what:<58} {ratio:>12.4g} of at most {most:g}: {verdict}", flush=True)
        if ratio > most:
            self.broken.append(what)


def per_call(work: Callable[[], object], *, seconds: float = 0.3) -> float:
    """Seconds of one call: the best of several batches, so that other work counts least."""
    work()
    batches: list[float] = []
    calls = 1
    deadline = time.perf_counter() + seconds
    while time.perf_counter() < deadline or len(batches) < 3:
        started = time.perf_counter()
        for _ in range(calls):
            work()
        took = time.perf_counter() - started
        batches.append(took / calls)
        if took < 0.02:
            calls *= 2
    return min(batches)


def percentile(values: Sequence[float], part: float) -> float:
    """The value below which ``part`` of the values lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))]


def median(values: Sequence[float]) -> float:
    """The middle value."""
    return statistics.median(values)

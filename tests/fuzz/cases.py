"""How many cases a property is tried with, and how many were."""

from __future__ import annotations

import os
from collections import Counter

from hypothesis import HealthCheck, settings

#: ``FUZZ_EXAMPLES=10`` tries ten times as many, and other ones each time.
_TIMES = int(os.environ.get("FUZZ_EXAMPLES", "0"))

#: Cases so far, by what they were tried on.
CASES: Counter[str] = Counter()


def tried(target: str, number: int = 1) -> None:
    """Counts cases."""
    CASES[target] += number


def times(number: int) -> int:
    """So many, or as often so many as ``FUZZ_EXAMPLES`` says."""
    return number * (_TIMES or 1)


def examples(number: int) -> settings:
    """So many examples: the same in every run, unless ``FUZZ_EXAMPLES`` asks for more."""
    return settings(
        max_examples=times(number),
        derandomize=not _TIMES,
        database=None,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )

"""The round trips that several probes measure, as one family."""

from __future__ import annotations

from collections.abc import Sequence

from redis_health.model import Metric, Sample

LATENCY = Metric(
    name="redis_latency_seconds",
    help="Last round trip that the probes measured, by operation; connect is a fresh login.",
    labels=("operation",),
)


def latency(operation: str, seconds: float) -> Sample:
    """The last round trip of an operation."""
    return Sample(LATENCY, seconds, (operation,))


def median(values: Sequence[float]) -> float:
    """The middle of some values; the module statistics would cost 0.8 MB for this one line."""
    ordered = sorted(values)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else sum(ordered[middle - 1 : middle + 1]) / 2

"""The round trips that several probes measure, as one family."""

from __future__ import annotations

from redis_health.model import Metric, Sample

LATENCY = Metric(
    name="redis_latency_seconds",
    help="Last round trip that the probes measured, by operation; connect is a fresh login.",
    labels=("operation",),
)


def latency(operation: str, seconds: float) -> Sample:
    """The last round trip of an operation."""
    return Sample(LATENCY, seconds, (operation,))

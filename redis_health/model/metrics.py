"""What a number is called, where it comes from, and one value of it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from enum import StrEnum


class MetricKind(StrEnum):
    """The TYPE of a metric family in the Prometheus text format."""

    GAUGE = "gauge"
    COUNTER = "counter"
    HISTOGRAM = "histogram"
    SUMMARY = "summary"


@dataclasses.dataclass(frozen=True, slots=True)
class Metric:
    """The declaration of one metric family.

    ``field`` names the INFO field that a number is read from; a family without one is computed by
    its probe. ``scale`` turns Redis's unit into the base unit (0.001 for milliseconds into
    seconds). ``values`` gives the numbers that stand for a field's words (``ok`` is 1); a word that
    is not listed yields no sample. ``aliases`` are further names under which the same samples
    appear, such as redis_exporter's.
    """

    name: str
    help: str
    kind: MetricKind = MetricKind.GAUGE
    labels: tuple[str, ...] = ()
    field: str | None = None
    scale: float = 1.0
    values: Mapping[str, float] = dataclasses.field(default_factory=dict, hash=False)
    aliases: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True, slots=True)
class Histogram:
    """A cumulative histogram: (upper bound, observations up to it), the last bound infinite."""

    buckets: tuple[tuple[float, float], ...]
    sum: float

    @property
    def count(self) -> float:
        """All observations."""
        return self.buckets[-1][1] if self.buckets else 0.0


@dataclasses.dataclass(frozen=True, slots=True)
class Summary:
    """Quantiles that the server computed itself: (quantile as the server names it, value)."""

    quantiles: tuple[tuple[float, float], ...]
    count: float
    sum: float


@dataclasses.dataclass(frozen=True, slots=True)
class Sample:
    """One value of a family, with the label values in the order of ``metric.labels``."""

    metric: Metric
    value: float | Histogram | Summary
    labels: tuple[str, ...] = ()

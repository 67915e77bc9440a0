"""Samples, grouped into the metric families of prometheus-client."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from math import inf

from prometheus_client.metrics_core import Metric as Family
from prometheus_client.registry import Collector
from prometheus_client.samples import Sample as Point

from redis_health.exposition.numbers import bound
from redis_health.model import Histogram, Metric, MetricKind, Sample, Summary


def families(samples: Iterable[Sample]) -> list[Family]:
    """One family for each name that the samples go by, in the order of first appearance.

    A family has the name and the type of the declaration, also a counter without ``_total``; each
    alias is a family of its own with the same values. One bad sample must not cost the scrape, so
    what would make the exposition invalid is left out: a series that was there already, a name
    that another declaration has taken with another type or other labels, a value or a number of
    label values that does not fit the declaration, a count below zero.
    """
    found: dict[str, _Group] = {}
    for sample in samples:
        metric = sample.metric
        if not _fits(sample):
            continue
        labels = dict(zip(metric.labels, sample.labels, strict=True))
        for name in (metric.name, *metric.aliases):
            group = found.get(name)
            if group is None:
                group = found[name] = _Group(name, metric)
            if group.admits(sample):
                group.family.samples += _points(name, labels, sample.value)
    return [group.family for group in found.values()]


class SnapshotCollector(Collector):
    """What shows the current samples in a ``CollectorRegistry``: a view, with no state."""

    def __init__(self, samples: Callable[[], Iterable[Sample]]) -> None:
        self._samples = samples

    def collect(self) -> Iterable[Family]:
        """The families of the samples of this moment."""
        return families(self._samples())

    def describe(self) -> Iterable[Family]:
        """Nothing, so that a registry does not collect in order to learn the names."""
        return []


class _Group:
    """A family that grows, the declaration it belongs to, and the series that it has."""

    __slots__ = ("_metric", "_series", "family")

    def __init__(self, name: str, metric: Metric) -> None:
        self.family = Family(name, metric.help, metric.kind.value)
        self._metric = metric
        self._series: set[tuple[str, ...]] = set()

    def admits(self, sample: Sample) -> bool:
        """Whether the sample is a further series of this family; it counts as one from now."""
        metric = sample.metric
        if metric is not self._metric and (
            metric.kind is not self._metric.kind or metric.labels != self._metric.labels
        ):
            return False
        if sample.labels in self._series:
            return False
        self._series.add(sample.labels)
        return True


def _fits(sample: Sample) -> bool:
    metric, value = sample.metric, sample.value
    if len(sample.labels) != len(metric.labels):
        return False
    if metric.kind is MetricKind.HISTOGRAM:
        return isinstance(value, Histogram) and _counts(value)
    if metric.kind is MetricKind.SUMMARY:
        return isinstance(value, Summary) and value.count >= 0 and value.sum >= 0
    if isinstance(value, (Histogram, Summary)):
        return False
    return metric.kind is not MetricKind.COUNTER or value >= 0


def _counts(value: Histogram) -> bool:
    counts = [count for _, count in value.buckets]
    return value.sum >= 0 and counts == sorted(counts) and (not counts or counts[0] >= 0)


def _points(
    name: str, labels: dict[str, str], value: float | Histogram | Summary
) -> Iterable[Point]:
    if isinstance(value, Histogram):
        buckets = value.buckets or ((inf, 0.0),)
        return [
            *(Point(f"{name}_bucket", {**labels, "le": bound(le)}, n) for le, n in buckets),
            Point(f"{name}_sum", labels, value.sum),
            Point(f"{name}_count", labels, value.count),
        ]
    if isinstance(value, Summary):
        return [
            *(Point(name, {**labels, "quantile": bound(q)}, v) for q, v in value.quantiles),
            Point(f"{name}_sum", labels, value.sum),
            Point(f"{name}_count", labels, value.count),
        ]
    return (Point(name, labels, value),)

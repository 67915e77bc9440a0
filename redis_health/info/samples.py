"""From INFO fields to samples, by the tables that the probes declare."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from redis_health.info.numbers import number
from redis_health.model import InfoReply, Metric, Sample


def samples(info: InfoReply, metrics: Iterable[Metric]) -> Iterator[Sample]:
    """The samples of all metrics that name a field.

    A field that is absent, holds no number, or holds a word that the metric does not list, gives
    no sample: a number that Redis no longer reports disappears.
    """
    fields = info.fields
    for metric in metrics:
        if metric.field is None:
            continue
        if metric.values:
            value = metric.values.get(fields.get(metric.field, ""))
        else:
            value = number(fields, metric.field)
        if value is not None:
            yield Sample(metric, scaled(value, metric.scale))


def scaled(value: float, scale: float) -> float:
    """A value in base units; 35 ms are 0.035 s, not 0.035000000000000003 s."""
    if scale == 1.0:
        return value
    # The reciprocal of a decimal fraction is exact, the fraction is not.
    return value * scale if scale > 1.0 else value / round(1.0 / scale)

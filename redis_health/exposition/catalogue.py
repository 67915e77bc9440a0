"""What the declarations add up to: the reference for people, and whether names collide."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from redis_health.exposition.numbers import number
from redis_health.model import Metric, MetricKind

#: The suffixes of the sample names that a family owns, those reserved by OpenMetrics included.
_SUFFIXES = {
    MetricKind.GAUGE: ("",),
    MetricKind.COUNTER: ("", "_total", "_created"),
    MetricKind.HISTOGRAM: ("", "_bucket", "_sum", "_count", "_created"),
    MetricKind.SUMMARY: ("", "_sum", "_count", "_created"),
}


def reference(metrics_by_probe: Mapping[str, Sequence[Metric]]) -> str:
    """The metrics as Markdown: a heading and a table for each probe that has some."""
    return "\n".join(
        _section(probe, metrics) for probe, metrics in metrics_by_probe.items() if metrics
    )


def collisions(metrics: Iterable[Metric]) -> tuple[str, ...]:
    """A sentence for each name that two declarations claim; empty when all is well.

    The same declaration may appear more than once: several probes may fill one family.
    """
    owners: dict[str, str] = {}
    problems: list[str] = []
    for metric in _distinct(metrics):
        for family in (metric.name, *metric.aliases):
            claim = f"{family} ({metric.kind})"
            if family != metric.name:
                claim = f"{claim}, alias of {metric.name}"
            for name in _owned(family, metric.kind):
                owner = owners.setdefault(name, claim)
                if owner is not claim:
                    problems.append(f"{name} is claimed by {owner} and by {claim}")
    return tuple(problems)


def _section(probe: str, metrics: Sequence[Metric]) -> str:
    lines = [
        f"### {probe}",
        "",
        "| metric | type | labels | from | meaning |",
        "|---|---|---|---|---|",
        *map(_row, metrics),
        "",
    ]
    return "\n".join(lines)


def _row(metric: Metric) -> str:
    names = f"`{metric.name}`"
    if metric.aliases:
        names = f"{names}, also {_codes(metric.aliases)}"
    cells = (names, metric.kind.value, _codes(metric.labels), _source(metric), metric.help)
    return "| " + " | ".join(cell.replace("|", r"\|") for cell in cells) + " |"


def _source(metric: Metric) -> str:
    if metric.field is None:
        return ""
    if metric.scale == 1:
        return f"`{metric.field}`"
    return f"`{metric.field} * {number(metric.scale)}`"


def _codes(words: Iterable[str]) -> str:
    return ", ".join(f"`{word}`" for word in words)


def _distinct(metrics: Iterable[Metric]) -> list[Metric]:
    distinct: list[Metric] = []
    for metric in metrics:
        if metric not in distinct:
            distinct.append(metric)
    return distinct


def _owned(family: str, kind: MetricKind) -> Iterable[str]:
    if kind is MetricKind.COUNTER and not family.endswith("_total"):
        # Of unknown type to OpenMetrics, which reserves no further names for it.
        return (family,)
    base = family.removesuffix("_total") if kind is MetricKind.COUNTER else family
    return (f"{base}{suffix}" for suffix in _SUFFIXES[kind])

"""Metric families as bytes, in either text format of Prometheus.

Ours, because the writers of prometheus-client give every counter the suffix ``_total``, which a
third of redis_exporter's counters do not have. Sample names and label values are the same in both
formats, so that a dashboard does not depend on what the scraper negotiated.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from enum import Enum
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

from prometheus_client.metrics_core import Metric as Family
from prometheus_client.samples import Sample as Point

from redis_health.exposition.numbers import number


class Format(Enum):
    """A text format; the value is its content type."""

    TEXT = "text/plain; version=0.0.4; charset=utf-8"
    OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"

    @property
    def content_type(self) -> str:
        """The value of the response's Content-Type header."""
        return self.value


class _Block(NamedTuple):
    """What is written as one family; ``kind`` in the terms of OpenMetrics until it is written."""

    name: str
    kind: str
    help: str
    points: Sequence[Point]


#: The types of OpenMetrics in the text format; the others are ``untyped`` there.
_TEXT_TYPES = {
    "counter": "counter",
    "gauge": "gauge",
    "histogram": "histogram",
    "summary": "summary",
    "info": "gauge",
    "stateset": "gauge",
}
#: What OpenMetrics leaves off the name of a family that has it on its samples.
_OPENMETRICS_SUFFIXES = {"counter": "_total", "info": "_info"}
_SEVERAL_NAMES = frozenset({"histogram", "summary"})
_WITH_CREATED = frozenset({"counter", "histogram", "summary"})


def render(families: Iterable[Family], form: Format) -> bytes:
    """The exposition of the families, in their order.

    ``_created`` samples, timestamps and exemplars are not written, nor is a family without samples
    or one whose name was there before. What UTF-8 cannot carry (a lone surrogate) becomes ``?``.
    """
    blocks = _blocks(families)
    lines: list[str] = []
    if form is Format.TEXT:
        for block in blocks.values():
            kind = _TEXT_TYPES.get(block.kind, "untyped")
            _write(lines, block.name, kind, _slashes(block.help), block.points)
    else:
        for block in blocks.values():
            for name, kind, about, points in _openmetrics(block, blocks.keys()):
                _write(lines, name, kind, _slashes(about).replace('"', r"\""), points)
        lines.append("# EOF\n")
    return "".join(lines).encode("utf-8", "replace")


def _blocks(families: Iterable[Family]) -> dict[str, _Block]:
    """The families by the names that the text format gives them, the first of a name alone."""
    blocks: dict[str, _Block] = {}
    for family in families:
        points = _without_created(family)
        if points:
            # prometheus-client's counters and infos have names without the suffix of the samples.
            name = family.name if family.type in _SEVERAL_NAMES else points[0].name
            blocks.setdefault(name, _Block(name, family.type, family.documentation, points))
    return blocks


def _openmetrics(block: _Block, taken: Collection[str]) -> Iterator[_Block]:
    suffix = _OPENMETRICS_SUFFIXES.get(block.kind)
    if suffix is not None:
        base = block.name.removesuffix(suffix)
        if base == block.name or base in taken:
            yield block._replace(kind="unknown")
        else:
            yield block._replace(name=base)
    elif block.kind == "summary" and not all(map(_has_valid_quantile, block.points)):
        # redis_exporter names its quantiles by percent, which OpenMetrics forbids to a summary.
        by_name = attrgetter("name")
        for name, points in groupby(sorted(block.points, key=by_name), by_name):
            yield _Block(name, "unknown", block.help, list(points))
    else:
        yield block


def _write(lines: list[str], name: str, kind: str, about: str, points: Sequence[Point]) -> None:
    lines.append(f"# HELP {name} {about}\n# TYPE {name} {kind}\n")
    lines += map(_line, points)


def _slashes(text: str) -> str:
    return text.replace("\\", r"\\").replace("\n", r"\n")


def _without_created(family: Family) -> Sequence[Point]:
    if family.type not in _WITH_CREATED:
        return family.samples
    created = f"{family.name}_created"
    return [point for point in family.samples if point.name != created]


def _has_valid_quantile(point: Point) -> bool:
    return 0 <= float(point.labels.get("quantile", 0)) <= 1


def _line(point: Point) -> str:
    if not point.labels:
        return f"{point.name} {number(point.value)}\n"
    pairs = ",".join([f'{name}="{_escaped(value)}"' for name, value in point.labels.items()])
    return f"{point.name}{{{pairs}}} {number(point.value)}\n"


def _escaped(value: str) -> str:
    if "\\" in value or '"' in value or "\n" in value:
        return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
    return value

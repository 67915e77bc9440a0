"""A page of metrics in Prometheus' text format, as it stands: no name is changed in reading."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

_SAMPLE = re.compile(r"(?P<name>[A-Za-z_:][\w:]*)(?:\{(?P<labels>.*)\})? (?P<value>\S+)")
_LABEL = re.compile(r'(?P<name>\w+)="(?P<value>(?:[^"\\]|\\.)*)"')
#: What the samples of a histogram or a summary add to its name.
_SUFFIXES = ("_bucket", "_count", "_sum")


class Series(NamedTuple):
    """The identity of one series; the labels are sorted by name."""

    name: str
    labels: tuple[tuple[str, str], ...]

    def __str__(self) -> str:
        return f"{self.name}{{{','.join(f'{name}={value}' for name, value in self.labels)}}}"


@dataclass(frozen=True, slots=True)
class Page:
    """The types of the families by name, and the values of the series."""

    types: Mapping[str, str]
    values: Mapping[Series, float]

    def family(self, name: str) -> str:
        """The family that a sample of this name belongs to."""
        if name in self.types:
            return name
        return next(
            name.removesuffix(suffix)
            for suffix in _SUFFIXES
            if name.endswith(suffix) and name.removesuffix(suffix) in self.types
        )

    def labels(self) -> dict[str, set[str]]:
        """The names of the labels by family, without those that its type brings."""
        found: dict[str, set[str]] = {}
        for series in self.values:
            names = {name for name, _ in series.labels} - {"le", "quantile"}
            found.setdefault(self.family(series.name), set()).update(names)
        return found


def read(text: str) -> Page:
    """The page; AssertionError for a line that is no sample, or a series that comes twice."""
    types: dict[str, str] = {}
    values: dict[Series, float] = {}
    for line in text.splitlines():
        if line.startswith("# TYPE "):
            _, _, name, kind = line.split()
            types[name] = kind
        elif line and not line.startswith("#"):
            sample = _SAMPLE.fullmatch(line)
            assert sample, line
            series = Series(sample["name"], tuple(sorted(_labels(sample["labels"] or ""))))
            assert series not in values, line
            values[series] = float(sample["value"])
    return Page(types, values)


def _labels(text: str) -> Iterator[tuple[str, str]]:
    return ((label["name"], label["value"]) for label in _LABEL.finditer(text))

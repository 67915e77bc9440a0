"""What is written reads back the same, by prometheus-client's parsers of both formats."""

from __future__ import annotations

from math import inf, isnan

from hypothesis import given, settings
from hypothesis import strategies as st
from prometheus_client.metrics_core import Metric as Family
from prometheus_client.openmetrics import parser as openmetrics_parser
from prometheus_client.parser import text_string_to_metric_families

from redis_health.exposition import Format, families, render
from redis_health.model import Histogram, Metric, MetricKind, Sample, Summary

# Lone surrogates are written as question marks; a test of the writer covers them.
label_values = st.text(st.characters(exclude_categories=["Cs"]), max_size=12) | st.text(
    '\\"\n{},= #', max_size=8
)
numbers = st.floats()
counts = st.integers(0, 2**53)


def declare(kind: MetricKind, name: str, width: int) -> Metric:
    return Metric(name, "Some help.", kind, tuple(f"l{i}" for i in range(width)))


@st.composite
def histograms(draw: st.DrawFn) -> Histogram:
    finite = st.floats(min_value=0, allow_infinity=False)
    bounds = sorted(draw(st.sets(finite, max_size=5)))
    observations = sorted(
        draw(st.lists(counts, min_size=len(bounds) + 1, max_size=len(bounds) + 1))
    )
    buckets = tuple(zip([*bounds, inf], map(float, observations), strict=True))
    return Histogram(buckets, draw(finite))


@st.composite
def summaries(draw: st.DrawFn) -> Summary:
    quantiles = draw(st.sets(st.floats(0, 1) | st.sampled_from([50.0, 99.9])))
    seconds = st.floats(min_value=0, allow_infinity=False)
    return Summary(
        tuple((q, draw(seconds)) for q in sorted(quantiles)), float(draw(counts)), draw(seconds)
    )


@st.composite
def samples(draw: st.DrawFn) -> list[Sample]:
    made: list[Sample] = []
    for i, kind in enumerate(draw(st.lists(st.sampled_from(MetricKind), max_size=4))):
        suffix = draw(st.sampled_from(["", "_total"])) if kind is MetricKind.COUNTER else ""
        width = draw(st.integers(0, 2))
        metric = declare(kind, f"redis_metric_{i}{suffix}", width)
        values: dict[MetricKind, st.SearchStrategy[float | Histogram | Summary]] = {
            MetricKind.GAUGE: numbers,
            MetricKind.COUNTER: st.floats(min_value=0, allow_infinity=False),
            MetricKind.HISTOGRAM: histograms(),
            MetricKind.SUMMARY: summaries(),
        }
        all_labels = draw(st.sets(st.tuples(*[label_values] * width), min_size=1, max_size=3))
        made += [Sample(metric, draw(values[kind]), labels) for labels in sorted(all_labels)]
    return made


Series = tuple[str, tuple[tuple[str, str], ...], float | str]


def series(made: list[Family]) -> list[Series]:
    return sorted(
        (
            point.name,
            tuple(sorted(point.labels.items())),
            "NaN" if isnan(point.value) else float(point.value),
        )
        for family in made
        for point in family.samples
    )


def unsuffixed(kinds: dict[str, str]) -> dict[str, str]:
    """The types by the names that prometheus-client's parsers give to counters."""
    return {
        name.removesuffix("_total") if kind == "counter" else name: kind
        for name, kind in kinds.items()
    }


@settings(deadline=None)
@given(samples())
def test_text(made: list[Sample]) -> None:
    written = families(made)
    page = render(written, Format.TEXT).decode()
    read = list(text_string_to_metric_families(page))
    # The parser appends what it thinks is missing from the name of a counter.
    bare = {family.name for family in written if not family.name.endswith("_total")}
    for family in read:
        if family.type == "counter" and family.name in bare:
            family.samples = [
                point._replace(name=point.name.removesuffix("_total")) for point in family.samples
            ]
    assert series(read) == series(written)
    assert {family.name: family.type for family in read} == unsuffixed(
        {family.name: family.type for family in written}
    )


@settings(deadline=None)
@given(samples())
def test_openmetrics(made: list[Sample]) -> None:
    written = families(made)
    page = render(written, Format.OPENMETRICS).decode()
    read = list(openmetrics_parser.text_string_to_metric_families(page))  # type: ignore[no-untyped-call]
    assert series(read) == series(written)
    gauges_and_histograms = {"gauge", "histogram"}
    assert {f.name for f in read if f.type in gauges_and_histograms} == {
        f.name for f in written if f.type in gauges_and_histograms
    }
    assert {f.name for f in read if f.type == "counter"} == {
        f.name.removesuffix("_total") for f in written if f.name.endswith("_total")
    }

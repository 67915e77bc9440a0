from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from math import inf

import pytest
from prometheus_client import CollectorRegistry

from redis_health.exposition import SnapshotCollector, families
from redis_health.model import Histogram, Metric, MetricKind, Sample, Summary
from tests.exposition.declared import ERRORS, EVICTED, KEYS, LATENCY, PERCENTILES, UP

Series = tuple[str, dict[str, str], float]


def series(samples: Iterable[Sample]) -> list[Series]:
    return [
        (point.name, point.labels, point.value)
        for family in families(samples)
        for point in family.samples
    ]


def test_a_family_keeps_the_name_and_type_of_its_declaration() -> None:
    made = families([Sample(ERRORS, 3.0), Sample(KEYS, 1.0, ("db0",))])
    assert [(family.name, family.type, family.documentation) for family in made] == [
        ("redis_total_error_replies", "counter", "Error replies."),
        ("redis_keys_total", "gauge", "Keys by database."),
    ]


def test_samples_of_one_declaration_are_one_family_wherever_they_stand() -> None:
    samples = [Sample(KEYS, 1.0, ("db0",)), Sample(UP, 1.0), Sample(KEYS, 2.0, ("db1",))]
    assert series(samples) == [
        ("redis_keys_total", {"db": "db0"}, 1.0),
        ("redis_keys_total", {"db": "db1"}, 2.0),
        ("redis_up", {}, 1.0),
    ]


def test_an_alias_is_a_family_with_the_same_values() -> None:
    made = families([Sample(EVICTED, 9.0)])
    assert [(family.name, family.type) for family in made] == [
        ("redis_keys_evicted_total", "counter"),
        ("redis_evicted_keys_total", "counter"),
    ]
    assert series([Sample(EVICTED, 9.0)]) == [
        ("redis_keys_evicted_total", {}, 9.0),
        ("redis_evicted_keys_total", {}, 9.0),
    ]


def test_a_histogram_has_buckets_a_sum_and_a_count() -> None:
    value = Histogram(((0.001, 1.0), (1.0, 4.0), (inf, 5.0)), 2.5)
    assert series([Sample(LATENCY, value, ("get",))]) == [
        ("redis_command_latency_seconds_bucket", {"command": "get", "le": "0.001"}, 1.0),
        ("redis_command_latency_seconds_bucket", {"command": "get", "le": "1"}, 4.0),
        ("redis_command_latency_seconds_bucket", {"command": "get", "le": "+Inf"}, 5.0),
        ("redis_command_latency_seconds_sum", {"command": "get"}, 2.5),
        ("redis_command_latency_seconds_count", {"command": "get"}, 5.0),
    ]


def test_a_histogram_without_observations_still_has_its_last_bucket() -> None:
    assert series([Sample(LATENCY, Histogram((), 0.0), ("get",))]) == [
        ("redis_command_latency_seconds_bucket", {"command": "get", "le": "+Inf"}, 0.0),
        ("redis_command_latency_seconds_sum", {"command": "get"}, 0.0),
        ("redis_command_latency_seconds_count", {"command": "get"}, 0.0),
    ]


def test_a_summary_has_quantiles_a_sum_and_a_count() -> None:
    value = Summary(((50.0, 8.031), (99.9, 18.047)), count=4.0, sum=40.5)
    assert series([Sample(PERCENTILES, value, ("set",))]) == [
        ("redis_latency_percentiles_usec", {"cmd": "set", "quantile": "50"}, 8.031),
        ("redis_latency_percentiles_usec", {"cmd": "set", "quantile": "99.9"}, 18.047),
        ("redis_latency_percentiles_usec_sum", {"cmd": "set"}, 40.5),
        ("redis_latency_percentiles_usec_count", {"cmd": "set"}, 4.0),
    ]


AS_COUNTER = replace(UP, kind=MetricKind.COUNTER)
WITH_LABEL = replace(UP, labels=("role",))


@pytest.mark.parametrize(
    "intruder",
    [
        pytest.param(Sample(UP, 0.0), id="a series that is there already"),
        pytest.param(Sample(replace(UP, help="?"), 0.0), id="the series of an equal declaration"),
        pytest.param(Sample(AS_COUNTER, 0.0), id="another type"),
        pytest.param(Sample(WITH_LABEL, 0.0, ("master",)), id="other labels"),
        pytest.param(Sample(Metric("x", "", aliases=("redis_up",)), 0.0), id="an alias"),
        pytest.param(Sample(KEYS, 1.0), id="too few label values"),
        pytest.param(Sample(KEYS, 1.0, ("db0", "db1")), id="too many label values"),
        pytest.param(Sample(LATENCY, 1.0, ("get",)), id="a number for a histogram"),
        pytest.param(Sample(PERCENTILES, 1.0, ("get",)), id="a number for a summary"),
        pytest.param(
            Sample(KEYS, Histogram(((inf, 1.0),), 1.0), ("db0",)), id="a histogram for a gauge"
        ),
    ],
)
def test_a_sample_that_would_make_the_page_invalid_is_left_out(intruder: Sample) -> None:
    made = [point for point in series([Sample(UP, 1.0), intruder]) if point[0] != "x"]
    assert made == [("redis_up", {}, 1.0)]


def test_two_probes_may_fill_one_family_by_equal_declarations() -> None:
    samples = [Sample(KEYS, 1.0, ("db0",)), Sample(replace(KEYS), 2.0, ("db1",))]
    assert [labels for _, labels, _ in series(samples)] == [{"db": "db0"}, {"db": "db1"}]


def test_the_collector_shows_the_samples_of_the_moment() -> None:
    samples = [Sample(UP, 1.0)]
    calls = 0

    def current() -> Iterable[Sample]:
        nonlocal calls
        calls += 1
        return samples

    registry = CollectorRegistry(auto_describe=True)
    registry.register(SnapshotCollector(current))
    assert calls == 0, "registering collected"
    assert registry.get_sample_value("redis_up") == 1.0
    samples[:] = [Sample(KEYS, 2.0, ("db0",))]
    assert registry.get_sample_value("redis_up") is None
    assert registry.get_sample_value("redis_keys_total", {"db": "db0"}) == 2.0


def test_what_counts_is_never_below_zero() -> None:
    rising = ((0.1, 1.0), (inf, 2.0))
    falling = ((0.1, 3.0), (inf, 2.0))
    assert series([Sample(ERRORS, -1.0)]) == []
    assert series([Sample(ERRORS, float("nan"))]) == []
    assert series([Sample(LATENCY, Histogram(falling, 1.0), ("get",))]) == []
    assert series([Sample(LATENCY, Histogram(rising, -1.0), ("get",))]) == []
    assert series([Sample(PERCENTILES, Summary((), -1.0, 1.0), ("get",))]) == []
    assert len(series([Sample(LATENCY, Histogram(rising, 1.0), ("get",))])) == 4
    # A gauge may be.
    assert series([Sample(UP, -1.0)]) == [("redis_up", {}, -1.0)]

"""What holds for all probes."""

from __future__ import annotations

import re

import pytest

from redis_health.model import Metric, MetricKind, Probe
from redis_health.probes import catalogue

PROBES = catalogue()
#: The customer's names, with their types and labels.
PROMISED = {
    "redis_latency_seconds": (MetricKind.GAUGE, ("operation",)),
    "redis_command_latency_seconds": (MetricKind.HISTOGRAM, ("command",)),
    "redis_commands_processed_total": (MetricKind.COUNTER, ()),
    "redis_commands_per_second": (MetricKind.GAUGE, ()),
    "redis_connections_current": (MetricKind.GAUGE, ()),
    "redis_connections": (MetricKind.GAUGE, ()),
    "redis_connections_rejected_total": (MetricKind.COUNTER, ()),
    "redis_memory_used_bytes": (MetricKind.GAUGE, ()),
    "redis_memory_peak_bytes": (MetricKind.GAUGE, ()),
    "redis_memory_fragmentation_ratio": (MetricKind.GAUGE, ()),
    "redis_keys_total": (MetricKind.GAUGE, ("db",)),
    "redis_keys_evicted_total": (MetricKind.COUNTER, ()),
    "redis_keys_expired_total": (MetricKind.COUNTER, ()),
    "redis_persistence_status": (MetricKind.GAUGE, ("type",)),
}


def metrics() -> list[Metric]:
    unique = {id(metric): metric for probe in PROBES for metric in probe.metrics}
    return list(unique.values())


def test_the_order() -> None:
    names = [probe.name for probe in PROBES]
    assert names[:2] == ["ping", "connect"]
    assert names[2:] == sorted(names[2:])
    assert {"memory", "persistence", "replication", "keyspace"} <= set(names)


def test_it_is_made_once() -> None:
    assert catalogue() is PROBES


def test_promised_metrics() -> None:
    declared = {
        name: (metric.kind, metric.labels)
        for metric in metrics()
        for name in (metric.name, *metric.aliases)
    }
    assert PROMISED.items() <= declared.items()


def test_a_name_is_declared_once() -> None:
    names = [name for metric in metrics() for name in (metric.name, *metric.aliases)]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("metric", metrics(), ids=lambda metric: metric.name)
def test_a_metric_says_what_it_is(metric: Metric) -> None:
    assert all(re.fullmatch(r"redis_[a-z0-9_]+", name) for name in (metric.name, *metric.aliases))
    assert metric.help.endswith(".")
    if metric.field is not None:
        assert metric.field in metric.help


@pytest.mark.parametrize("probe", PROBES, ids=lambda probe: probe.name)
def test_a_probe_declares_all_that_it_uses(probe: Probe) -> None:
    assert probe.commands
    assert 0 < probe.timeout <= probe.interval
    conditions = {condition.code for condition in probe.conditions}
    assert {threshold.condition.code for threshold in probe.thresholds} <= conditions
    assert all(condition.advice for condition in probe.conditions)
    assert probe.opt_in is None or probe.opt_in in probe.settings


def test_thresholds_have_names_of_their_own_and_room_to_leave() -> None:
    thresholds = [threshold for probe in PROBES for threshold in probe.thresholds]
    names = [threshold.name for threshold in thresholds]
    assert len(names) == len(set(names))
    for threshold in thresholds:
        if threshold.enter is not None and threshold.leave is not None:
            assert (threshold.leave <= threshold.enter) is threshold.above or (
                threshold.leave == threshold.enter
            )

"""Every series and label that a rule reads is one that the service exports."""

from __future__ import annotations

import re

import pytest

from redis_health.cli.reference import all_conditions, all_metrics
from redis_health.model import MetricKind, Recording
from tests.rules.conftest import effective_alerts, effective_groups
from tests.rules.promql import TARGET, Checker

RECORDINGS = [one for group in effective_groups() for one in group.recordings]
ALERTS = effective_alerts()
#: The labels that the first part of a recorded name tells.
LEVELS = {
    "job": frozenset({"job"}),
    "instance": TARGET,
    "instance_command": TARGET | {"command"},
    "instance_cmd": TARGET | {"cmd"},
}
PARTS = {
    MetricKind.GAUGE: {"": frozenset[str]()},
    MetricKind.COUNTER: {"": frozenset[str]()},
    MetricKind.SUMMARY: {
        "": frozenset({"quantile"}),
        "_sum": frozenset[str](),
        "_count": frozenset[str](),
    },
    MetricKind.HISTOGRAM: {
        "_bucket": frozenset({"le"}),
        "_sum": frozenset[str](),
        "_count": frozenset[str](),
    },
}


def exported() -> dict[str, frozenset[str]]:
    """Every sample name with its labels, those of the target included."""
    return {
        f"{name}{suffix}": TARGET | set(metric.labels) | more
        for _, metric in all_metrics()
        for name in (metric.name, *metric.aliases)
        for suffix, more in PARTS[metric.kind].items()
    }


SERIES = {
    "up": TARGET,
    **exported(),
    **{one.record: LEVELS[one.record.partition(":")[0]] for one in RECORDINGS},
}


@pytest.mark.parametrize("recording", RECORDINGS, ids=lambda one: one.record)
def test_recordings(recording: Recording) -> None:
    checker = Checker(SERIES)
    assert checker.labels(recording.expr) == SERIES[recording.record]
    assert checker.problems == []


@pytest.mark.parametrize("name", ALERTS)
def test_alerts(name: str) -> None:
    alert = ALERTS[name]
    checker = Checker(SERIES)
    labels = checker.labels(alert.expr)
    assert labels is not None
    assert checker.problems == []
    told = set(re.findall(r"\$labels\.(\w+)", alert.summary + alert.description))
    assert told <= labels


def test_reasons_exist() -> None:
    codes = {condition.code for condition in all_conditions()}
    exprs = [one.expr for one in RECORDINGS] + [one.expr for one in ALERTS.values()]
    named = {code for expr in exprs for code in re.findall(r'code="(\w+)"', expr)}
    assert named
    assert named <= codes


def test_what_alerts_read_is_recorded_before() -> None:
    for group in effective_groups():
        known = {one.record for one in group.recordings}
        for alert in group.alerts:
            checker = Checker(SERIES)
            checker.labels(alert.expr)
            assert {name for name in checker.used if ":" in name} <= known


@pytest.mark.parametrize(
    ("expr", "problem"),
    [
        ("redis_nonsense > 1", "no series redis_nonsense"),
        ('redis_up{db="0"} == 0', "redis_up has no label db"),
        ("redis_keys_total > redis_up", "never joined"),
        ("redis_keys_total and on (db) redis_up", "not on the right: db"),
        ("redis_up and on (db) redis_keys_total", "not on the left: db"),
        ("sum by (cmd) (redis_up)", "there is no cmd"),
        ("histogram_quantile(0.5, redis_up)", "no histogram: le"),
    ],
)
def test_mistakes_are_found(expr: str, problem: str) -> None:
    checker = Checker(SERIES)
    checker.labels(expr)
    assert any(problem in one for one in checker.problems)


def test_it_reads_what_it_knows() -> None:
    assert Checker(SERIES).labels("-(2)") is None
    assert Checker(SERIES).labels("time()") is None
    with pytest.raises(TypeError, match="not read yet"):
        Checker(SERIES).labels("rate(redis_up[5m:1m])")

"""What every alert must have, and how values get into it."""

from __future__ import annotations

import re

import pytest
import yaml

from redis_health.alerting import duration, fill, names, rules_file, runbook_url, values
from redis_health.alerting.template import applies
from redis_health.model import Limits, Policy, ProbeOptions, Urgency
from redis_health.probes import catalogue
from tests.rules.conftest import ALERTS, GROUPS, ROOT, effective_alerts, effective_groups

COMMITTED = ROOT / "rules" / "redis_health.yml"


def test_the_committed_file_is_up_to_date() -> None:
    made = rules_file(effective_groups())
    assert COMMITTED.read_text(encoding="utf-8") == made, "run: make generate"


def test_the_file_says_what_the_groups_say() -> None:
    loaded = yaml.safe_load(rules_file(effective_groups()))["groups"]
    assert [group["name"] for group in loaded] == [group.name for group in GROUPS]
    for written, group in zip(loaded, effective_groups(), strict=True):
        assert written.get("interval") == (duration(group.interval) if group.interval else None)
        rules = iter(written["rules"])
        for recording in group.recordings:
            assert next(rules) == {"record": recording.record, "expr": recording.expr}
        for alert in group.alerts:
            rule = next(rules)
            assert rule.pop("for", "0s") == duration(alert.for_)
            assert rule.pop("keep_firing_for", "0s") == duration(alert.keep_firing_for)
            assert rule == {
                "alert": alert.name,
                "expr": alert.expr,
                "labels": {"severity": alert.severity.value},
                "annotations": {
                    "summary": alert.summary,
                    "description": alert.description,
                    "runbook_url": runbook_url(alert),
                },
            }
        assert next(rules, None) is None


def test_no_name_twice() -> None:
    alerts = [alert.name for group in GROUPS for alert in group.alerts]
    records = [one.record for group in GROUPS for one in group.recordings]
    assert len(alerts) == len(set(alerts))
    assert len(records) == len(set(records))


@pytest.mark.parametrize("name", ALERTS)
def test_an_alert_can_be_understood(name: str) -> None:
    alert = ALERTS[name]
    assert re.fullmatch(r"Redis[A-Z][A-Za-z]+", name)
    if name != "RedisHealthAbsent":
        assert re.search(r"\$labels\.(instance|job)\b", alert.summary)
    assert "$value" in alert.description
    assert not alert.summary.endswith(".")
    assert alert.description.endswith(".")
    filled = effective_alerts()[name]
    assert not names(filled.expr + filled.summary + filled.description)


def test_only_what_hurts_now_pages() -> None:
    assert {name for name, alert in ALERTS.items() if alert.severity is Urgency.CRITICAL} == {
        "RedisDown",
        "RedisNotServing",
        "RedisErrorBudgetBurningFast",
        "RedisHealthTargetDown",
        "RedisHealthAbsent",
        "RedisRestartedEmpty",
        "RedisPrimaryMissing",
        "RedisTooManyPrimaries",
        "RedisClusterDown",
        "RedisClusterSlotsLost",
        "RedisSentinelPrimaryDown",
        "RedisNotThePrimary",
    }


@pytest.mark.parametrize(
    ("probe", "threshold"),
    [
        (probe.name, threshold.name)
        for probe in catalogue()
        if probe.opt_in is None and not probe.independent
        for threshold in probe.thresholds
    ],
)
def test_every_threshold_has_an_alert_of_its_probe(probe: str, threshold: str) -> None:
    alerts = next(one.alerts for one in catalogue() if one.name == probe)
    assert any(threshold in names(alert.expr) for alert in alerts)


def test_thresholds_and_settings_in_force() -> None:
    policy = Policy(limits={"memory_ratio": Limits(0.75, 0.7), "slow_command": Limits(None, None)})
    options = ProbeOptions(given={"alert_connections": 5000})
    found = values(catalogue(), policy, options)
    assert found["memory_ratio"] == 0.75
    assert found["slow_command"] is None
    assert found["ping_latency"] == 0.1
    assert found["alert_connections"] == 5000
    assert found["alert_memory_mib"] == 900
    assert found["alert_command_latency"] == 0.1


def test_an_alert_whose_threshold_is_off_is_left_out() -> None:
    policy = Policy(limits={"slow_command": Limits(None, None)})
    alerts = {alert.name for group in effective_groups(policy) for alert in group.alerts}
    assert set(ALERTS) - alerts == {"RedisSlowCommands"}


def test_the_age_of_a_backup() -> None:
    assert ">= 86400\n" in effective_alerts()["RedisBackupTooOld"].expr
    policy = Policy(limits={"unsaved_age": Limits(3600.0, None)})
    alerts = {one.name: one for group in effective_groups(policy) for one in group.alerts}
    assert ">= 3600\n" in alerts["RedisBackupTooOld"].expr
    assert "(limit 3600 s)" in alerts["RedisBackupTooOld"].description


@pytest.mark.parametrize(
    ("template", "filled"),
    [
        ("x > {limit}", "x > 0.25"),
        ("x > {limit|9}", "x > 0.25"),
        ("x > {off|86400}", "x > 86400"),
        ("x > {large}", "x > 1000000000"),
        ('x{limit="a"} {{ $value }} {{limit}}', 'x{limit="a"} {{ $value }} {{limit}}'),
    ],
)
def test_places(template: str, filled: str) -> None:
    numbers = {"limit": 0.25, "off": None, "large": 1e9}
    assert applies(template, numbers)
    assert fill(template, numbers) == filled


def test_places_without_a_value() -> None:
    assert not applies("x > {off}", {"off": None})
    with pytest.raises(ValueError, match="off is off"):
        fill("x > {off}", {"off": None})
    with pytest.raises(KeyError, match="unknown"):
        fill("x > {unknown}", {})


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0s"), (30, "30s"), (60, "1m"), (90, "90s"), (7200, "2h"), (86400, "1d")],
)
def test_durations(seconds: int, text: str) -> None:
    assert duration(seconds) == text

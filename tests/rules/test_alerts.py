"""Every alert fires when it should, and is silent when it should."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from redis_health.alerting import rules_file
from redis_health.model import Limits, Policy, Urgency
from tests.rules import (
    about_clients,
    about_memory,
    about_replication,
    about_security,
    about_service,
)
from tests.rules.conftest import ALERTS, effective_alerts, effective_groups, run
from tests.rules.scenario import Scenario, document, moments_of

SCENARIOS = (
    *about_service.SCENARIOS,
    *about_clients.SCENARIOS,
    *about_memory.SCENARIOS,
    *about_replication.SCENARIOS,
    *about_security.SCENARIOS,
)


#: As few runs of promtool as can be: it evaluates all scenarios of a file with one step.
TOGETHER = sorted({(scenario.alert, scenario.step) for scenario in SCENARIOS})


@pytest.mark.parametrize(("name", "step"), TOGETHER)
def test_scenarios(
    name: str, step: str, rules: Path, passes: Callable[[dict[str, Any]], None]
) -> None:
    own = [each for each in SCENARIOS if (each.alert, each.step) == (name, step)]
    assert all(scenario.silent or scenario.fires for scenario in own)
    passes(document(own, effective_alerts()[name], rules))


def _seconds(moment: str) -> int:
    return int(moment[:-1]) * {"s": 1, "m": 60}[moment[-1]]


@pytest.mark.parametrize(
    "name",
    # Over a range, an expression outlasts its series.
    [
        each.name
        for each in ALERTS.values()
        if each.keep_firing_for and not re.search(r"\[|:ratio_", each.expr)
    ],
)
def test_an_alert_is_kept(name: str, rules: Path, passes: Callable[[dict[str, Any]], None]) -> None:
    alert = ALERTS[name]
    original = next(each for each in SCENARIOS if each.alert == name and each.fires)
    step, last = _seconds(original.step), _seconds(original.fires[0])
    ended = {
        series: " ".join([*moments_of(values)[: last // step + 1], "stale"])
        for series, values in original.series.items()
    }
    kept = last + alert.keep_firing_for
    scenario = replace(
        original, series=ended, fires=(f"{last}s", f"{kept}s"), silent=(f"{kept + step}s",)
    )
    passes(document([scenario], effective_alerts()[name], rules))


@pytest.mark.parametrize("name", ALERTS)
def test_both_ways(name: str) -> None:
    own = [scenario for scenario in SCENARIOS if scenario.alert == name]
    assert any(scenario.fires for scenario in own)
    assert any(scenario.silent for scenario in own)
    if ALERTS[name].for_:
        # The same series, before the time has passed and after.
        assert any(scenario.fires and scenario.silent for scenario in own)


def test_prometheus_accepts_the_rules(rules: Path) -> None:
    done = run("check", "rules", str(rules))
    total = sum(len(group.alerts) + len(group.recordings) for group in effective_groups())
    assert done.returncode == 0, done.stderr
    assert f"{total} rules found" in done.stdout


def test_the_first_customer_finds_its_alerts() -> None:
    names = {
        "RedisDown": Urgency.CRITICAL,
        "RedisHighLatency": Urgency.WARNING,
        "RedisHighMemoryUsage": Urgency.WARNING,
        "RedisConnectionSaturation": Urgency.WARNING,
    }
    assert {name: ALERTS[name].severity for name in names} == names
    assert [ALERTS[name].for_ for name in names] == [30, 120, 300, 120]


@pytest.mark.parametrize("used", [79, 80])
def test_a_threshold_of_the_operator(
    used: int, tmp_path: Path, passes: Callable[[dict[str, Any]], None]
) -> None:
    groups = effective_groups(Policy(limits={"memory_ratio": Limits(0.8, 0.7)}))
    file = tmp_path / "rules.yml"
    file.write_text(rules_file(groups), encoding="utf-8")
    alert = next(one for one in groups[0].alerts if one.name == "RedisHighMemoryUsage")
    scenario = Scenario(
        alert=alert.name,
        about="80 % are the limit",
        series={
            "redis_memory_used_bytes": f"{used * 2**20}x40",
            "redis_memory_max_bytes": f"{100 * 2**20}x40",
        },
        fires=("10m",) if used == 80 else (),
        silent=("10m",) if used == 79 else (),
        description=(
            "Redis uses 80MiB of memory: more than 900 MiB without a maxmemory, or 0.8 of a"
            " maxmemory that no eviction keeps."
        ),
    )
    passes(document([scenario], alert, file))

"""The rules of the customer's document work as pasted, on the names and labels that we give."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.contract.conftest import Watched
from tests.kinds import DEFAULT_KIND
from tests.service import ServiceProcess

RULES = Path(__file__).resolve().parent.parent / "data" / "seed_rules.yml"
_TARGET = 'job="service_health",instance="redis:9091"'
_SLOW = 0.1


@pytest.fixture(scope="module")
def promtool() -> str:
    found = shutil.which("promtool")
    if found is None:
        pytest.fail("promtool is missing: install the package prometheus")
    return found


@pytest.fixture(scope="module")
def service(fleet: dict[str, Watched]) -> ServiceProcess:
    return fleet[DEFAULT_KIND].service


def test_prometheus_accepts_them(promtool: str) -> None:
    done = subprocess.run(
        [promtool, "check", "rules", str(RULES)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "4 rules found" in done.stdout


def series(service: ServiceProcess, name: str) -> list[str]:
    """The series of a name as Prometheus would store them after a scrape of ours."""
    found = re.findall(rf"^{name}(?:{{(.*)}})? \S+$", service.metrics(), re.MULTILINE)
    assert found, f"no series of {name}"
    return [f"{name}{{{','.join(filter(None, (labels, _TARGET)))}}}" for labels in found]


def constant(service: ServiceProcess, name: str, value: str) -> list[dict[str, str]]:
    return [{"series": one, "values": f"{value}x20"} for one in series(service, name)]


def slow_commands(service: ServiceProcess) -> list[dict[str, str]]:
    """Commands that all take longer than 100 ms, on the ladder that we export."""
    found = []
    for one in series(service, "redis_command_latency_seconds_bucket"):
        bound = float(re.findall(r'le="([^"]+)"', one)[0])
        found.append({"series": one, "values": "0+60x20" if bound > _SLOW * 2 else "0x20"})
    return found


def inputs(service: ServiceProcess, alert: str, *, fires: bool) -> list[dict[str, str]]:
    match alert:
        case "RedisDown":
            return constant(service, "redis_up", "0" if fires else "1")
        case "RedisHighLatency" if fires:
            return slow_commands(service)
        case "RedisHighLatency":
            return constant(service, "redis_command_latency_seconds_bucket", "0+60")
        case "RedisHighMemoryUsage":
            value = str((1000 if fires else 100) * 2**20)
            return constant(service, "redis_memory_used_bytes", value)
    return constant(service, "redis_connections", "950" if fires else "90")


ALERTS = {
    "RedisDown": "critical",
    "RedisHighLatency": "warning",
    "RedisHighMemoryUsage": "warning",
    "RedisConnectionSaturation": "warning",
}


@pytest.mark.parametrize("fires", [True, False], ids=["fires", "is silent"])
@pytest.mark.parametrize("alert", ALERTS)
def test_each_alert(
    promtool: str, service: ServiceProcess, tmp_path: Path, alert: str, fires: bool
) -> None:
    rules = RULES.read_text()
    block = rules[rules.index(f"alert: {alert}\n") :]
    texts = dict(re.findall(r'(summary|description): "(.*)"', block)[:2])
    labels = {"severity": ALERTS[alert]}
    if alert != "RedisHighLatency":
        # Its expression sums everything but the bounds away.
        labels |= {"job": "service_health", "instance": "redis:9091"}
    expected = [{"exp_labels": labels, "exp_annotations": texts}] if fires else []
    document: dict[str, Any] = {
        "rule_files": [str(RULES)],
        "evaluation_interval": "1m",
        "tests": [
            {
                "interval": "1m",
                "input_series": inputs(service, alert, fires=fires),
                "alert_rule_test": [
                    {"eval_time": "15m", "alertname": alert, "exp_alerts": expected}
                ],
            }
        ],
    }
    file = tmp_path / "test.yml"
    file.write_text(json.dumps(document))
    done = subprocess.run(
        [promtool, "test", "rules", str(file)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr

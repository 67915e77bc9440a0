"""The log: JSON lines, one for each change, and none for a round that fails as before."""

from __future__ import annotations

import json
import re
from typing import Any

from tests.conftest import Services
from tests.ports import poll
from tests.servers import RedisServer
from tests.service import ServiceProcess


def verdicts(service: ServiceProcess) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in service.stderr.splitlines()]
    return [line for line in lines if line["event"] == "verdict"]


def failures(service: ServiceProcess) -> float:
    """Failed rounds of PING so far."""
    pattern = r'^redis_health_probe_failures_total\{probe="ping",code="TIMEOUT"\} (\S+)$'
    found = re.search(pattern, service.metrics(), re.MULTILINE)
    return float(found[1]) if found else 0.0


def test_one_line_for_each_change(server: RedisServer, services: Services) -> None:
    environment = {"REDIS_URL": server.url, "REDIS_HEALTH_DRAIN_DELAY": "0"}
    service = services(environment=environment)
    service.wait_for(lambda health: bool(health["state"] == "up"), within=10.0)
    with server.frozen():
        assert poll(lambda: failures(service) >= 6, within=20.0, every=0.1)
        assert [line["state"] for line in verdicts(service)] == ["up", "down"]
    service.wait_for(lambda health: bool(health["state"] == "up"), within=10.0)
    up, down, again = verdicts(service)
    assert (up["level"], down["level"], again["level"]) == ("info", "error", "info")
    assert down["reasons"][0].startswith("TIMEOUT: ")
    assert down["target"] == f"127.0.0.1:{server.port}"
    assert again["failed_rounds"] > 0
    assert service.stdout == ""


def test_a_dead_server_does_not_flood_it_either(server: RedisServer, services: Services) -> None:
    environment = {
        "REDIS_URL": server.url,
        "REDIS_HEALTH_DRAIN_DELAY": "0",
        "REDIS_HEALTH_PING_INTERVAL": "0.1",
        "REDIS_HEALTH_CONNECT_INTERVAL": "0.1",
    }
    service = services(environment=environment)
    service.wait_for(lambda health: bool(health["state"] == "up"), within=10.0)
    server.kill()
    pattern = r'failures_total\{probe="ping",code="CONN_REFUSED"\} (\d\d)'
    assert poll(lambda: bool(re.search(pattern, service.metrics())), within=10.0, every=0.1)
    assert [line["state"] for line in verdicts(service)] == ["up", "down"]


def test_columns_for_people(server: RedisServer, services: Services) -> None:
    environment = {"REDIS_URL": server.url, "REDIS_HEALTH_DRAIN_DELAY": "0"}
    service = services("--log-format", "console", environment=environment)
    assert poll(lambda: "verdict" in service.stderr, within=10.0)
    assert "{" not in service.stderr

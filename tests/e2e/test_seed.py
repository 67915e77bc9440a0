"""The four tests of the customer's own document, on this machine's ports."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.conftest import Services
from tests.ports import poll
from tests.servers import RedisServer
from tests.service import ServiceProcess

NAMES = (
    "service_health",
    "redis_up",
    "redis_latency_seconds",
    "redis_commands_processed_total",
    "redis_commands_per_second",
    "redis_connections_current",
    "redis_connections_rejected_total",
    "redis_memory_used_bytes",
    "redis_memory_peak_bytes",
    "redis_memory_fragmentation_ratio",
    "redis_keys_total",
    "redis_keys_evicted_total",
    "redis_keys_expired_total",
    "redis_persistence_status",
)


@pytest.fixture
def service(server: RedisServer, services: Services) -> ServiceProcess:
    server.call("CONFIG", "SET", "save", "3600 1")
    environment = {
        "REDIS_URL": server.url,
        "REDIS_HEALTH_DRAIN_DELAY": "0",
        # Sooner than it would by itself, so that a short load is seen.
        "REDIS_HEALTH_CLIENTS_INTERVAL": "0.2",
        "REDIS_HEALTH_STATS_INTERVAL": "0.2",
    }
    service = services(environment=environment)
    service.wait_for(lambda health: bool(health["state"] == "up"), within=10.0)
    return service


def probe(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "redis_health.healthcheck", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=15.0, check=False)


def value(metrics: str, name: str) -> float:
    lines = [line for line in metrics.splitlines() if line.startswith(f"{name} ")]
    return float(lines[0].split()[1]) if lines else 0.0


def test_health_begins_with_the_four_keys(service: ServiceProcess) -> None:
    response = service.get("/health")
    document = json.loads(response.body)
    assert list(document)[:4] == ["status", "version", "hostname", "services"]
    assert document["status"] == "ok"
    assert document["version"].startswith("7.")
    assert document["services"] == {"redis": "ok"}
    assert service.get("/healthz").body == b'{"status":"ok"}'


def test_metrics_have_every_name(service: ServiceProcess) -> None:
    metrics = service.metrics()
    families = {line.split()[2] for line in metrics.splitlines() if line.startswith("# TYPE ")}
    assert set(NAMES) <= families
    assert "\nservice_health 1\n" in metrics
    assert '\nredis_persistence_status{type="rdb"} 1\n' in metrics


def test_the_container_is_healthy_until_redis_is_not(
    service: ServiceProcess, server: RedisServer
) -> None:
    probes = (("--url", f"{service.url}/healthz"), ("--http", f"{service.url}/health"))
    assert [probe(*arguments).returncode for arguments in probes] == [0, 0]
    server.kill()
    service.wait_for(lambda health: bool(health["state"] == "down"), within=5.0)
    for arguments in probes:
        failed = probe(*arguments)
        assert failed.returncode == 1
        assert failed.stdout == ""
        assert len(failed.stderr.splitlines()) == 1
        assert "503" in failed.stderr


def test_load_shows(service: ServiceProcess, server: RedisServer) -> None:
    before = service.metrics()
    command = ["redis-benchmark", "-p", str(server.port), "-c", "100", "-n", "5000", "-t", "ping"]
    # Again and again, until it has been seen.
    load = subprocess.Popen([*command, "-l", "-q"], stdout=subprocess.DEVNULL)
    try:

        def seen() -> bool:
            metrics = service.metrics()
            name = "redis_commands_processed_total"
            return (
                value(metrics, name) - value(before, name) >= 5000
                and value(metrics, "redis_connections_current") >= 100
                and value(metrics, "redis_commands_per_second") > 100
            )

        assert poll(seen, within=10.0, every=0.05), service.metrics()
    finally:
        load.kill()
        load.wait()
    assert service.health()["state"] == "up"

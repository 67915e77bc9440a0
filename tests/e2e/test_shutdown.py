"""How the service ends."""

from __future__ import annotations

import signal
import time

import pytest

from tests.conftest import Services
from tests.ports import poll
from tests.servers import RedisServer
from tests.service import ServiceProcess


@pytest.fixture
def start(server: RedisServer, services: Services) -> ServiceProcess:
    service = services("--drain-delay", "1.5", environment={"REDIS_URL": server.url})
    service.wait_for(lambda health: bool(health["state"] == "up"), within=10.0)
    # A check without which the verdict is up already may still be in its first round.
    assert poll(lambda: service.get("/startupz").status == 200, within=10.0)
    return service


def drains(service: ServiceProcess) -> bool:
    return poll(lambda: service.get("/readyz").status == 503, within=1.0)


def test_sigterm_takes_it_out_of_service_and_then_ends_it(start: ServiceProcess) -> None:
    begun = time.monotonic()
    start.signal(signal.SIGTERM)
    assert drains(start)
    assert start.get("/readyz").body.decode().startswith("draining: ")
    assert start.get("/readyz?exclude=ping").status == 503
    assert start.get("/livez").status == 200
    assert start.get("/healthz").body == b'{"status":"ok"}'
    assert start.health()["state"] == "up"
    assert start.get("/startupz").status == 200
    assert "\nservice_health 1\n" in start.metrics()
    assert start.wait(within=5.0) == 0
    assert 1.5 <= time.monotonic() - begun < 3.5
    assert '"event": "stopped"' in start.stderr


def test_a_second_signal_ends_it_at_once(server: RedisServer, services: Services) -> None:
    service = services("--drain-delay", "60", environment={"REDIS_URL": server.url})
    service.signal(signal.SIGTERM)
    assert drains(service)
    service.signal(signal.SIGTERM)
    assert service.wait(within=2.0) == 128 + signal.SIGTERM


def test_ctrl_c_ends_it_without_delay(server: RedisServer, services: Services) -> None:
    service = services("--drain-delay", "60", environment={"REDIS_URL": server.url})
    service.signal(signal.SIGINT)
    assert service.wait(within=3.0) == 0
    assert "Traceback" not in service.stderr


def test_it_ends_while_redis_is_frozen(server: RedisServer, services: Services) -> None:
    service = services("--drain-delay", "0", environment={"REDIS_URL": server.url})
    with server.frozen():
        service.wait_for(lambda health: bool(health["state"] == "down"), within=10.0)
        assert service.stop(within=3.0) == 0

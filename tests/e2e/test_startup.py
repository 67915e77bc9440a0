"""How the service begins, and what keeps it from beginning."""

from __future__ import annotations

import json
import socket
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Services
from tests.faults import peers
from tests.ports import free_port, poll
from tests.servers import RedisServer

QUIET = {"REDIS_HEALTH_DRAIN_DELAY": "0"}


def log_of(stderr: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stderr.splitlines()]


def test_redis_is_down(services: Services) -> None:
    service = services(environment={**QUIET, "REDIS_PORT": str(free_port())})
    health = service.wait_for(lambda health: _code(health) == "CONN_REFUSED", within=3.0)
    assert health["state"] == "down"
    assert health["version"] is None
    assert poll(lambda: service.get("/startupz").status == 200, within=5.0)
    assert "\nredis_up 0\n" in service.metrics()


def test_nothing_is_known_yet(services: Services) -> None:
    port = free_port()
    with peers.mute(port):
        service = services(environment={**QUIET, "REDIS_PORT": str(port)})
        health = service.health()
        assert (health["state"], _code(health)) == ("down", "STARTING")
        assert service.get("/readyz").status == 503
        assert service.get("/livez").status == 200
        assert service.get("/startupz").status == 503
        assert "\nredis_up " not in service.metrics()
        service.wait_for(lambda health: _code(health) == "TIMEOUT", within=8.0)
        assert poll(lambda: service.get("/startupz").status == 200, within=5.0)


def _code(health: dict[str, Any]) -> str:
    return str(health["reasons"][0]["code"]) if health["reasons"] else ""


def test_the_port_is_taken(services: Services) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        service = services("--listen", address, live=False)
        assert service.wait() == 1
        why = "address already in use"
        assert service.stderr == f"redis-health: cannot listen on {address}: {why}\n"


@pytest.mark.parametrize(
    ("arguments", "environment", "culprit"),
    [
        (("--ping-interval", "soon"), {}, "--ping-interval"),
        (("--no-such-flag",), {}, "--no-such-flag"),
        ((), {"REDIS_HEALTH_PING_INTERVAL": "-1"}, "REDIS_HEALTH_PING_INTERVAL"),
        ((), {"REDIS_URL": "http://localhost"}, "REDIS_URL"),
        ((), {"REDIS_DB": "first"}, "REDIS_DB"),
        (("--config", "{file}"), {}, "ping_intervall"),
        (("--config", "/nonexistent.toml"), {}, "/nonexistent.toml"),
        ((), {"REDIS_PASSWORD_FILE": "/nonexistent"}, "REDIS_PASSWORD_FILE"),
    ],
)
def test_a_wrong_setting_is_named_before_any_connection(
    services: Services,
    tmp_path: Path,
    arguments: tuple[str, ...],
    environment: dict[str, str],
    culprit: str,
) -> None:
    file = tmp_path / "settings.toml"
    file.write_text("ping_intervall = 3\n")
    given = [argument.replace("{file}", str(file)) for argument in arguments]
    with socket.create_server(("127.0.0.1", 0)) as redis:
        redis.setblocking(False)
        address = {"REDIS_PORT": str(redis.getsockname()[1])}
        service = services(*given, environment={**address, **environment}, live=False)
        assert service.wait() == 2
        with pytest.raises(BlockingIOError):
            redis.accept()
    assert culprit in service.stderr.splitlines()[-1]
    assert "Traceback" not in service.stderr


def test_an_unknown_variable_is_a_warning(server: RedisServer, services: Services) -> None:
    environment = {**QUIET, "REDIS_URL": server.url, "REDIS_HEALTH_PING_INTERVALL": "3"}
    service = services(environment=environment)
    warnings = [line for line in log_of(service.stderr) if line["level"] == "warning"]
    assert len(warnings) == 1
    assert "REDIS_HEALTH_PING_INTERVALL" in warnings[0]["told"]
    assert "did you mean REDIS_HEALTH_PING_INTERVAL?" in warnings[0]["told"]


def test_what_kubernetes_puts_into_the_environment(server: RedisServer, services: Services) -> None:
    links = {
        "REDIS_PORT": "tcp://10.0.0.1:6379",
        "REDIS_PORT_6379_TCP": "tcp://10.0.0.1:6379",
        "REDIS_PORT_6379_TCP_ADDR": "10.0.0.1",
        "REDIS_SERVICE_HOST": "10.0.0.1",
        "REDIS_SERVICE_PORT": "6379",
        "REDIS_HEALTH_PORT": "tcp://10.0.0.2:9091",
        "REDIS_HEALTH_PORT_9091_TCP": "tcp://10.0.0.2:9091",
        "REDIS_HEALTH_PORT_9091_TCP_PROTO": "tcp",
        "REDIS_HEALTH_SERVICE_HOST": "10.0.0.2",
        "REDIS_HEALTH_SERVICE_PORT": "9091",
        "REDIS_HEALTH_SERVICE_PORT_HTTP": "9091",
    }
    service = services(environment={**QUIET, **links, "REDIS_URL": server.url})
    service.wait_for(lambda health: bool(health["state"] == "up"), within=10.0)
    assert {line["level"] for line in log_of(service.stderr)} == {"info"}


def test_both_families(server: RedisServer, services: Services) -> None:
    port = free_port()
    service = services(
        environment={
            **QUIET,
            "REDIS_URL": server.url,
            "REDIS_HEALTH_LISTEN": f":{port}",
        },
        live=False,
    )
    service.port = port
    service.wait_live()
    for host in ("127.0.0.1", "[::1]"):
        with urllib.request.urlopen(f"http://{host}:{port}/livez", timeout=5.0) as answer:
            assert answer.status == 200
    assert log_of(service.stderr)[0]["at"] == [f"http://0.0.0.0:{port}/", f"http://[::]:{port}/"]

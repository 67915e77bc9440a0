"""A password is nowhere to be read."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import Services
from tests.ports import free_port, poll
from tests.servers import RedisServer

SECRET = "s3cr3t-of-the-house"
PATHS = ("/health", "/healthz", "/readyz?verbose", "/startupz?verbose", "/livez", "/metrics", "/")


@pytest.mark.parametrize("setup", ["right", "wrong", "unexpected", "refused", "not redis"])
def test_in_no_answer_and_no_log(server: RedisServer, services: Services, setup: str) -> None:
    port = server.port
    match setup:
        case "right":
            server.call("CONFIG", "SET", "requirepass", SECRET)
        case "wrong":
            server.call("CONFIG", "SET", "requirepass", "another")
        case "refused":
            port = free_port()
    host = "redis.invalid" if setup == "not redis" else "127.0.0.1"
    url = f"redis://:{SECRET}@{host}:{port}/0"
    environment = {"REDIS_URL": url, "REDIS_HEALTH_DRAIN_DELAY": "0"}
    service = services("--log-level", "debug", environment=environment)
    expected = "up" if setup == "right" else "down"
    service.wait_for(lambda health: bool(health["state"] == expected), within=10.0)
    assert poll(lambda: service.get("/startupz").status == 200, within=10.0)
    told = [service.get(path).body.decode() for path in PATHS]
    draft = {"Accept": "application/health+json"}
    told.append(service.get("/health", headers=draft).body.decode())
    told.append(Path(f"/proc/{service.pid}/cmdline").read_text())
    assert service.stop() == 0
    told += [service.stdout, service.stderr]
    assert not [text for text in told if SECRET in text]
    assert service.stderr


def test_in_no_complaint_about_it(services: Services) -> None:
    broken = (
        {"REDIS_URL": f"redis://:{SECRET}@localhost:notaport"},
        {"REDIS_URL": f"redis//:{SECRET}@localhost"},
        {"REDIS_HOST": f"redis://:{SECRET}@localhost"},
    )
    for environment in broken:
        service = services(environment=environment, live=False)
        assert service.wait() == 2
        assert SECRET not in service.stdout + service.stderr


def test_a_flag_with_a_password_is_refused(services: Services) -> None:
    service = services("--redis-url", f"redis://:{SECRET}@localhost", live=False)
    assert service.wait() == 2
    assert "--redis-url" in service.stderr
    assert SECRET not in service.stdout + service.stderr

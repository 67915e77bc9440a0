"""What systemd is told, on a socket such as its own."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from redis_health.cli.notify import notified
from tests.conftest import Services
from tests.servers import RedisServer


@pytest.fixture
def manager(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    path = tmp_path / "notify"
    monkeypatch.setenv("NOTIFY_SOCKET", str(path))
    monkeypatch.delenv("WATCHDOG_PID", raising=False)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(path))
        listening.settimeout(10)
        yield listening


def heard(manager: socket.socket) -> list[str]:
    """All that has arrived."""
    manager.setblocking(False)
    told = []
    while True:
        try:
            told.append(manager.recv(100).decode())
        except BlockingIOError:
            return told


async def hear(manager: socket.socket, count: int) -> list[str]:
    manager.setblocking(False)
    loop = asyncio.get_running_loop()
    return [(await loop.sock_recv(manager, 100)).decode() for _ in range(count)]


async def test_the_watchdog_is_fed_from_the_loop(
    manager: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WATCHDOG_USEC", "40000")
    monkeypatch.setenv("WATCHDOG_PID", str(os.getpid()))
    async with notified(lambda: ()):
        async with asyncio.timeout(10):
            told = await hear(manager, 4)
        assert told == ["READY=1", *["WATCHDOG=1"] * 3]
    assert heard(manager)[-1] == "STOPPING=1"


async def test_a_stuck_probe_starves_the_watchdog(
    manager: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WATCHDOG_USEC", "10000")
    asked = asyncio.Event()

    def stuck() -> tuple[str, ...]:
        asked.set()
        return ("ping",)

    async with notified(stuck), asyncio.timeout(10):
        for _ in range(3):
            asked.clear()
            await asked.wait()
    assert heard(manager) == ["READY=1", "STOPPING=1"]


@pytest.mark.parametrize("watchdog", [{}, {"WATCHDOG_USEC": "10000", "WATCHDOG_PID": "1"}])
async def test_without_a_watchdog_of_ours_there_is_none_to_feed(
    manager: socket.socket, monkeypatch: pytest.MonkeyPatch, watchdog: dict[str, str]
) -> None:
    for name, value in watchdog.items():
        monkeypatch.setenv(name, value)
    async with notified(lambda: ()):
        await asyncio.sleep(0)
    assert heard(manager) == ["READY=1", "STOPPING=1"]


async def test_an_abstract_socket_will_do(monkeypatch: pytest.MonkeyPatch) -> None:
    name = f"redis-health-test-{os.getpid()}"
    monkeypatch.setenv("NOTIFY_SOCKET", f"@{name}")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(f"\0{name}")
        async with notified(lambda: ()):
            pass
        assert heard(manager) == ["READY=1", "STOPPING=1"]


async def test_a_manager_that_is_gone_disturbs_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "nobody"))
    async with notified(lambda: ()):
        await asyncio.sleep(0)


async def test_outside_systemd_nothing_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)

    def stuck() -> tuple[str, ...]:
        raise AssertionError

    async with notified(stuck):
        await asyncio.sleep(0)


def test_the_service_is_ready_when_it_answers_and_says_that_it_stops(
    manager: socket.socket, services: Services, server: RedisServer
) -> None:
    service = services(
        "--drain-delay",
        "0",
        environment={
            "REDIS_URL": server.url,
            "NOTIFY_SOCKET": os.environ["NOTIFY_SOCKET"],
            "WATCHDOG_USEC": "100000",
        },
        live=False,
    )
    assert manager.recv(100) == b"READY=1"
    assert service.get("/livez").status == 200
    assert manager.recv(100) == b"WATCHDOG=1"
    assert manager.recv(100) == b"WATCHDOG=1"
    service.close()
    assert heard(manager)[-1] == "STOPPING=1"

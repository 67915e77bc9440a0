"""The way to the server: names, sockets, ports, and packets that vanish."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from redis_health.errors import OwnFault
from redis_health.model import Target
from tests.client.peers import full_backlog
from tests.client.sessions import dial_failure, failure_of, session_of, soon, target_of
from tests.conftest import Servers
from tests.ports import free_port
from tests.servers import RedisServer

_ROOT = Path(__file__).resolve().parent.parent.parent
_NAME = "redis.test"


@pytest.fixture
def resolves(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Gives the name ``redis.test`` these addresses; all others resolve as ever."""
    real = socket.getaddrinfo

    def to(*addresses: tuple[str, int]) -> None:
        def found(host: str, *rest: object, **options: object) -> object:
            if host == _NAME and not options.get("flags"):
                kind = socket.SOCK_STREAM
                return [(socket.AF_INET, kind, 6, "", address) for address in addresses]
            return real(host, *rest, **options)  # type: ignore[arg-type]

        monkeypatch.setattr(socket, "getaddrinfo", found)

    return to


async def test_nothing_listens() -> None:
    failure = await dial_failure(Target(host="127.0.0.1", port=free_port()))
    assert (failure.code, failure.nature) == ("CONN_REFUSED", "transport")
    assert "nothing is listening" in failure.message


async def test_packets_vanish() -> None:
    with full_backlog() as port:
        failure = await dial_failure(Target(host="127.0.0.1", port=port), within=0.2)
    assert (failure.code, failure.nature) == ("CONNECT_TIMEOUT", "silence")
    assert "within 0.2 s" in failure.message


async def test_a_name_of_two_families(server: RedisServer) -> None:
    # The server listens on 127.0.0.1 alone, and localhost may be ::1 first.
    async with session_of(target_of(server, host="localhost")) as session:
        await session.dial(soon())


async def test_a_second_address_gets_its_share_of_the_time(
    server: RedisServer, resolves: Callable[..., None]
) -> None:
    with full_backlog() as port:
        resolves(("127.0.0.1", port), ("127.0.0.1", server.port))
        async with session_of(Target(host=_NAME)) as session:
            dial = await session.dial(soon(1.0))
    assert 0.4 < dial.connect < 0.9


async def test_a_refusal_tells_more_than_a_last_address(resolves: Callable[..., None]) -> None:
    with full_backlog() as port:
        resolves(("127.0.0.1", port), ("127.0.0.1", free_port()))
        assert (await dial_failure(Target(host=_NAME), within=0.4)).code == "CONN_REFUSED"
        resolves(("127.0.0.1", free_port()), ("127.0.0.1", port))
        assert (await dial_failure(Target(host=_NAME), within=0.4)).code == "CONNECT_TIMEOUT"


@pytest.mark.parametrize("host", ["redis.invalid", "x" * 64, "a..b", "\udcff"])
async def test_a_name_that_does_not_resolve(host: str) -> None:
    failure = await dial_failure(Target(host=host), within=10.0)
    assert failure.code == "DNS"
    assert failure.message.isprintable() or not host.isprintable()


async def test_a_hanging_resolver_is_joined_and_not_multiplied(
    monkeypatch: pytest.MonkeyPatch, server: RedisServer
) -> None:
    answer = threading.Event()
    asked: list[object] = []

    def hangs(host: str, port: int, **options: object) -> object:
        asked.append(host)
        answer.wait(10.0)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", server.port))]

    async with session_of(Target(host=_NAME, port=server.port)) as session:
        monkeypatch.setattr(socket, "getaddrinfo", hangs)
        for _ in range(3):
            failure = await failure_of(session.dial(soon(0.05)))
            assert (failure.code, failure.nature) == ("DNS", "silence")
            assert "resolver did not answer" in failure.message
        answer.set()
        await session.dial(soon())
    assert asked[:1] == [_NAME]
    assert len(asked) <= 2


_EXITS = """
import asyncio, socket, sys, time
from redis_health.client import Deadline, Session
from redis_health.errors import RedisFault
from redis_health.model import Target

real = socket.getaddrinfo

def getaddrinfo(*arguments, flags=0, **options):
    return real(*arguments, flags=flags, **options) if flags else time.sleep(60)

socket.getaddrinfo = getaddrinfo

async def main():
    session = Session(Target(host="redis.test"), info_timeout=1.0)
    try:
        await session.dial(Deadline.within(0.1))
    except RedisFault as fault:
        print(fault.failure.code)
    session.close()

asyncio.run(main())
"""


def test_a_hanging_resolver_does_not_delay_the_exit() -> None:
    started = time.monotonic()
    ended = subprocess.run(
        [sys.executable, "-W", "error", "-c", _EXITS],
        cwd=_ROOT,
        capture_output=True,
        text=True,
        timeout=30.0,
        check=False,
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "DNS\n", "")
    assert time.monotonic() - started < 20.0


def test_an_answer_after_the_end_of_the_loop_is_for_nobody(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    answer = threading.Event()
    real = socket.getaddrinfo

    def hangs(host: str, port: int, **options: int) -> object:
        if not options.get("flags"):
            answer.wait(10.0)
        return real(host, port, **options)

    monkeypatch.setattr(socket, "getaddrinfo", hangs)

    async def give_up() -> threading.Thread:
        assert (await dial_failure(Target(host="localhost"), within=0.05)).code == "DNS"
        name = "resolve localhost"
        return next(thread for thread in threading.enumerate() if thread.name == name)

    thread = asyncio.run(give_up())
    answer.set()
    thread.join(10.0)
    assert not thread.is_alive()


async def test_a_thread_that_cannot_start_is_our_own_fault(
    monkeypatch: pytest.MonkeyPatch, server: RedisServer
) -> None:
    def fails(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    async with session_of(target_of(server, host="localhost")) as session:
        with monkeypatch.context() as patch:
            patch.setattr(threading.Thread, "start", fails)
            for _ in range(2):
                with pytest.raises(OwnFault, match="can't start new thread"):
                    await session.dial(soon())
        await session.dial(soon())


async def test_a_unix_socket(any_server: RedisServer) -> None:
    async with session_of(Target(path=str(any_server.socket_path), db=2)) as session:
        dial = await session.dial(soon())
        assert dial.total > 0
        assert (await session.command(("PING",), soon()))[0] == b"PONG"


async def test_a_unix_socket_that_is_not_there(tmp_path: Path) -> None:
    path = str(tmp_path / "no.sock")
    failure = await dial_failure(Target(path=path))
    assert (failure.code, failure.nature) == ("CONN_REFUSED", "transport")
    assert f"{path}: no such socket" in failure.message


async def test_a_unix_socket_that_nobody_serves(servers: Servers) -> None:
    server = servers()
    server.kill()
    failure = await dial_failure(Target(path=str(server.socket_path)))
    assert failure.code == "CONN_REFUSED"
    assert "nothing is listening" in failure.message


async def test_a_unix_socket_that_is_not_for_us(server: RedisServer, nobody: None) -> None:
    failure = await dial_failure(Target(path=str(server.socket_path)))
    assert failure.code == "UNREACHABLE"
    assert "Permission denied" in failure.message


@pytest.fixture
def nobody(server: RedisServer) -> Iterator[None]:
    """The socket is closed to us; root may do everything and becomes somebody else."""
    server.socket_path.chmod(0)
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)
    yield
    os.seteuid(user)


async def test_an_address_without_a_route() -> None:
    # The kernel itself refuses TCP to the broadcast address: nothing is sent.
    failure = await dial_failure(Target(host="255.255.255.255"))
    assert failure.code == "UNREACHABLE"


async def test_the_address_in_a_message_is_the_one_configured() -> None:
    port = free_port("::1")
    failure = await dial_failure(Target(host="::1", port=port))
    assert f"[::1]:{port}" in failure.message

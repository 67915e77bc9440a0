"""What a new client meets when it logs in."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path

import pytest

from redis_health.model import Target
from tests.client.peers import peer, says
from tests.client.sessions import dial_failure, failure_of, session_of, soon, target_of
from tests.conftest import Servers
from tests.ports import poll
from tests.resp import ask
from tests.servers import RedisServer


def errors(server: RedisServer) -> int:
    return int(server.info("stats")["total_error_replies"])


async def test_a_dial_tells_how_long_each_phase_took(any_server: RedisServer) -> None:
    before = errors(any_server)
    async with session_of(target_of(any_server)) as session:
        dial = await session.dial(soon())
        assert 0 <= dial.resolve < 1
        assert 0 < dial.connect < 1
        assert dial.tls == 0
        assert 0 < dial.login < 1
        assert dial.total == pytest.approx(dial.resolve + dial.connect + dial.login)
        assert dial.certificate_expires is None
    assert errors(any_server) == before


@pytest.mark.parametrize("resp", [2, 3])
async def test_the_login_does_all_that_is_configured(any_server: RedisServer, resp: int) -> None:
    any_server.call("ACL", "SETUSER", "mon", "on", ">m", "~*", "+@all")
    before = errors(any_server)
    target = target_of(any_server, username="mon", password="m", db=3, resp=resp)
    async with session_of(target) as session:
        await session.command(("SET", "key", "value"), soon())
        clients = any_server.call("CLIENT", "LIST").splitlines()
        ours = next(client for client in clients if " name=redis-health " in client)
        assert " db=3 " in ours
        assert " user=mon " in ours
        if not any_server.kind.name.startswith("redis-6"):
            assert f" resp={resp}" in ours
    assert errors(any_server) == before


@pytest.mark.parametrize(
    ("username", "password"), [(None, "wrong"), ("mon", "wrong"), ("off", "m"), ("nobody", "m")]
)
async def test_a_rejected_login(servers: Servers, username: str | None, password: str) -> None:
    server = servers(config={"requirepass": "right"})
    server.call("ACL", "SETUSER", "mon", "on", ">m", "+ping")
    server.call("ACL", "SETUSER", "off", "off", ">m", "+ping")
    failure = await dial_failure(target_of(server, username=username, password=password))
    assert (failure.code, failure.nature) == ("WRONGPASS", "reply")
    assert f"'{username or 'default'}'" in failure.message
    assert password not in failure.message.replace("WRONGPASS", "")


async def test_a_password_is_asked_for(servers: Servers) -> None:
    server = servers(config={"requirepass": "right"})
    assert (await dial_failure(target_of(server))).code == "NOAUTH"


async def test_a_password_that_nobody_asks_for(any_server: RedisServer) -> None:
    failure = await dial_failure(target_of(any_server, password="secret"))
    assert failure.code == "AUTH_UNEXPECTED"
    assert "secret" not in failure.message


async def test_a_rotated_password_file_needs_no_restart(servers: Servers, tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("first\n")
    server = servers(config={"requirepass": "first"})
    async with session_of(target_of(server, password_file=str(file))) as session:
        await session.dial(soon())
        await session.command(("PING",), soon())
        server.call("CONFIG", "SET", "requirepass", "second")
        server.password = "second"
        assert (await failure_of(session.dial(soon()))).code == "WRONGPASS"
        # The kept connection goes on, as Redis has it.
        assert (await session.command(("PING",), soon()))[0] == b"PONG"
        file.write_text("second\n")
        await session.dial(soon())
        before = errors(server)
        await session.dial(soon())
        assert errors(server) == before


@pytest.mark.parametrize(
    ("content", "reason"), [(None, "No such file"), (b"\xff\xfe", "not UTF-8")]
)
async def test_a_password_file_that_cannot_be_read(
    server: RedisServer, tmp_path: Path, content: bytes | None, reason: str
) -> None:
    file = tmp_path / "password"
    if content is not None:
        file.write_bytes(content)
    failure = await dial_failure(target_of(server, password_file=str(file)))
    assert failure.code == "NOAUTH"
    assert str(file) in failure.message
    assert reason in failure.message


async def test_a_database_that_is_not_there(any_server: RedisServer) -> None:
    assert (await dial_failure(target_of(any_server, db=16))).code == "BAD_DB"


@pytest.mark.parametrize("changes", [{}, {"resp": 3}])
async def test_a_courtesy_that_is_refused_is_not_repeated(
    any_server: RedisServer, changes: dict[str, int]
) -> None:
    any_server.call("ACL", "SETUSER", "mon", "on", ">m", "+ping", "-hello")
    async with session_of(
        target_of(any_server, username="mon", password="m", **changes)
    ) as session:
        await session.dial(soon())
        after_one = errors(any_server)
        for _ in range(3):
            await session.dial(soon())
        await session.command(("PING",), soon())
        assert errors(any_server) == after_one


async def test_a_database_that_our_user_may_not_select(any_server: RedisServer) -> None:
    any_server.call("ACL", "SETUSER", "mon", "on", ">m", "+ping")
    async with session_of(target_of(any_server, username="mon", password="m", db=1)) as session:
        failure = await failure_of(session.dial(soon()))
        assert (failure.code, failure.message) == ("NOPERM_PROBE", "user mon may not run SELECT")
        assert failure.advice == "ACL SETUSER mon +select"
        after_one = errors(any_server)
        assert await failure_of(session.dial(soon())) == failure
        written = session.on_fresh_connection([("SET", "key", "value")], soon())
        assert await failure_of(written) == failure
        assert any_server.call("DBSIZE") == 0
        # What the checks ask does not need it.
        await session.command(("PING",), soon())
        assert errors(any_server) == after_one


async def test_it_says_so_when_it_is_full(any_server: RedisServer) -> None:
    async with session_of(target_of(any_server)) as session:
        await session.command(("PING",), soon())
        with any_server.connect() as second:
            ask(second, "PING")
            any_server.call("CONFIG", "SET", "maxclients", 2)
            # Whatever crosses the server's word and its close, the word arrives.
            for _ in range(30):
                failure = await failure_of(session.dial(soon()))
                assert (failure.code, failure.nature) == ("MAXCLIENTS", "reply")
            assert (await session.command(("PING",), soon()))[0] == b"PONG"
            for changes in ({"password": "x"}, {"db": 1}, {"resp": 3}):
                assert (await dial_failure(target_of(any_server, **changes))).code == "MAXCLIENTS"


async def test_the_last_word_counts_for_all_that_was_asked() -> None:
    farewell = b"-ERR max number of clients reached\r\n"
    async with peer(says(farewell)) as port:
        failure = await dial_failure(Target(host="127.0.0.1", port=port, db=5))
    assert failure.code == "MAXCLIENTS"


async def test_protected_mode(servers: Servers) -> None:
    address = _own_address()
    server = servers(config={"bind": "0.0.0.0", "protected-mode": "yes"})
    failure = await dial_failure(target_of(server, host=address))
    assert (failure.code, failure.nature) == ("PROTECTED_MODE", "reply")
    async with session_of(target_of(server)) as session:
        await session.dial(soon())


def _own_address() -> str:
    """An address of this machine that is not loopback; nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            pytest.skip("this machine has loopback addresses alone")
        name: str = probe.getsockname()[0]
    return name


async def test_a_loading_server_lets_us_in(servers: Servers) -> None:
    slow = {"key-load-delay": 400, "loading-process-events-interval-bytes": 1024}
    server = servers(config={"enable-debug-command": "yes", **slow})
    server.call("DEBUG", "POPULATE", 20000)
    server.call("SAVE")
    server.restart(ready=False)
    assert await asyncio.to_thread(poll, server.socket_path.exists, within=10.0)
    async with session_of(target_of(server)) as session:
        await session.dial(soon())
        assert (await failure_of(session.command(("PING",), soon()))).code == "LOADING"


@pytest.mark.parametrize("content", ["", "\n", "\r\n"])
async def test_an_empty_password_file_is_named(
    server: RedisServer, tmp_path: Path, content: str
) -> None:
    secret = tmp_path / "password"
    secret.write_text(content)
    failure = await dial_failure(target_of(server, password_file=str(secret)))
    assert failure.code == "NOAUTH"
    assert failure.message == f"the password file {secret} is empty"

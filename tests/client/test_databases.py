"""Questions about keys: in their database, in order, and never again what was refused."""

from __future__ import annotations

import asyncio

import pytest

from redis_health.client import databases, session
from redis_health.errors import RedisFault, Unavailable
from redis_health.model import ErrorReply, Target
from tests.client.sessions import session_of, soon, target_of
from tests.conftest import Servers
from tests.kinds import MATRIX
from tests.ports import poll
from tests.servers import RedisServer

_KINDS = [kind for kind in MATRIX if kind != "valkey-8.1"]


def errors(server: RedisServer) -> int:
    return int(server.info("stats")["total_error_replies"])


def restricted(server: RedisServer, *rights: str) -> Target:
    server.call("ACL", "SETUSER", "mon", "reset", "on", ">m", "+ping", "+client", *rights)
    return target_of(server, username="mon", password="m")


def write(server: RedisServer, database: int, key: str, value: str) -> None:
    server.call(
        "EVAL",
        f"redis.call('SELECT', {database}) redis.call('SET', KEYS[1], ARGV[1])",
        1,
        key,
        value,
    )


async def test_each_question_is_asked_in_its_database(any_server: RedisServer) -> None:
    any_server.call("SET", "key", "zero")
    write(any_server, 3, "key", "three")
    async with session_of(target_of(any_server)) as talk:
        for _ in range(2):
            for database, value in ((3, b"three"), (0, b"zero"), (5, None)):
                assert await talk.on_database(database, [("GET", b"key")], soon()) == [value]
        assert await talk.on_database(3, [], soon()) == []
        # Those of the other lane are not affected.
        assert (await talk.command(("GET", "key"), soon()))[0] == b"zero"
        lines = any_server.call("CLIENT", "LIST").splitlines()
    assert sum("name=redis-health-keys" in line for line in lines) == 1


async def test_an_error_stands_in_its_place(server: RedisServer) -> None:
    server.call("SET", "text", "a")
    commands = [("GET", b"text"), ("LLEN", b"text"), ("STRLEN", b"text"), ("LLEN", b"text")]
    async with session_of(target_of(server)) as talk:
        first, second, third, fourth = await talk.on_database(0, commands, soon())
    assert (first, third) == (b"a", 1)
    assert isinstance(second, ErrorReply)
    assert second.text.startswith("WRONGTYPE")
    assert fourth == second


async def test_names_may_be_any_bytes(server: RedisServer) -> None:
    server.call("SET", b"\xff\x00\r\n", "a")
    async with session_of(target_of(server)) as talk:
        assert await talk.on_database(0, [("GET", b"\xff\x00\r\n")], soon()) == [b"a"]


async def test_a_database_too_many_answers_nothing(server: RedisServer) -> None:
    server.call("SET", "key", "zero")
    async with session_of(target_of(server)) as talk:
        for _ in range(3):
            replies = await talk.on_database(99, [("GET", b"key"), ("TYPE", b"key")], soon())
            assert [type(reply) for reply in replies] == [ErrorReply, ErrorReply]
        assert errors(server) == 1
        assert await talk.on_database(0, [("GET", b"key")], soon()) == [b"zero"]


@pytest.mark.parametrize("kind", _KINDS)
async def test_a_key_that_we_may_not_see(servers: Servers, kind: str) -> None:
    server = servers(kind)
    server.call("SET", "mine", "a")
    target = restricted(server, "+select", "+get", "+info", "~mine")
    async with session_of(target) as talk:
        for _ in range(3):
            commands = [("GET", b"theirs"), ("GET", b"mine")]
            theirs, mine = await talk.on_database(0, commands, soon())
            assert isinstance(theirs, ErrorReply)
            assert mine == b"a"
        assert errors(server) == 1
        await talk.on_database(0, [("GET", b"theirs")], soon())
        assert errors(server) == 1


@pytest.mark.parametrize("kind", _KINDS)
@pytest.mark.parametrize(
    ("question", "told"),
    [
        (("GET", b"key"), "user mon may not run GET"),
        (("MEMORY", "USAGE", b"key"), "user mon may not run MEMORY USAGE"),
        (("NOSUCH", b"key"), "does not know NOSUCH"),
    ],
)
async def test_a_command_that_is_refused(
    servers: Servers, kind: str, question: tuple[str | bytes, ...], told: str
) -> None:
    server = servers(kind)
    target = restricted(server, "+select", "+type", "~*")
    async with session_of(target) as talk:
        for _ in range(3):
            with pytest.raises(Unavailable, match=told):
                await talk.on_database(0, [("TYPE", b"key"), question], soon())
        assert errors(server) == 1
        # With another key it is the same command, without it there is nothing wrong.
        with pytest.raises(Unavailable):
            await talk.on_database(0, [(*question[:-1], b"other")], soon())
        assert await talk.on_database(0, [("TYPE", b"key")], soon()) == [b"none"]
        assert errors(server) == 1


async def test_without_select_there_is_nothing_to_ask(server: RedisServer) -> None:
    target = restricted(server, "+get", "~*")
    async with session_of(target) as talk:
        for _ in range(2):
            with pytest.raises(Unavailable, match="may not run SELECT"):
                await talk.on_database(0, [("GET", b"key")], soon())


async def test_another_process_may_allow_more(
    server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "SHARED_FOR", 0.0)
    target = restricted(server, "+select", "+info", "~mine", "+strlen")
    async with session_of(target) as talk:
        await talk.info(soon())
        with pytest.raises(Unavailable):
            await talk.on_database(0, [("GET", b"mine")], soon())
        assert isinstance((await talk.on_database(0, [("STRLEN", b"x")], soon()))[0], ErrorReply)
        server.restart()
        restricted(server, "+select", "+info", "~*", "+get", "+strlen")
        await talk.info(soon())
        assert await talk.on_database(0, [("GET", b"mine"), ("STRLEN", b"x")], soon()) == [None, 0]


async def test_the_memory_is_bounded(server: RedisServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(databases, "_MOST_WITHHELD", 2)
    target = restricted(server, "+select", "+get", "~mine")
    async with session_of(target) as talk:
        for key in (b"a", b"b", b"c", b"c", b"a"):
            await talk.on_database(0, [("GET", key)], soon())
    # c began the memory anew and was then known; a was forgotten.
    assert errors(server) == 4


async def test_a_key_of_another_cluster_node(servers: Servers) -> None:
    config: dict[str, str | int] = {"cluster-enabled": "yes", "cluster-node-timeout": 5000}
    here, there = servers(config=config), servers(config=config)
    here.call("CLUSTER", "ADDSLOTSRANGE", 0, 8191)
    there.call("CLUSTER", "ADDSLOTSRANGE", 8192, 16383)
    here.call("CLUSTER", "MEET", "127.0.0.1", there.port)

    def is_well() -> bool:
        return "cluster_state:ok" in here.call("CLUSTER", "INFO")

    assert await asyncio.to_thread(poll, is_well, within=20.0)
    names = [f"key:{number}" for number in range(20)]
    ours = {name for name in names if here.call("CLUSTER", "KEYSLOT", name) <= 8191}
    assert 0 < len(ours) < len(names)
    before = errors(here)
    async with session_of(target_of(here)) as talk:
        for _ in range(3):
            commands = [("TYPE", name.encode()) for name in names]
            replies = await talk.on_database(0, commands, soon())
            answered = {
                name for name, reply in zip(names, replies, strict=True) if reply == b"none"
            }
            assert answered == ours
    assert errors(here) - before == len(names) - len(ours)


async def test_a_server_that_is_gone(server: RedisServer) -> None:
    async with session_of(target_of(server)) as talk:
        await talk.on_database(0, [("GET", b"key")], soon())
        server.kill()
        with pytest.raises(RedisFault):
            await talk.on_database(0, [("GET", b"key")], soon())
        server.start()
        assert await talk.on_database(3, [("GET", b"key")], soon()) == [None]


async def test_a_frozen_server_meets_the_deadline(server: RedisServer) -> None:
    async with session_of(target_of(server)) as talk:
        await talk.on_database(0, [("GET", b"key")], soon())
        with server.frozen(), pytest.raises(RedisFault):
            await talk.on_database(0, [("GET", b"key")], soon(0.2))
        assert await talk.on_database(0, [("GET", b"key")], soon()) == [None]

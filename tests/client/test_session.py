"""What the probes share: one INFO a round, CONFIG, and what Redis has refused."""

from __future__ import annotations

import asyncio
from fnmatch import fnmatch
from typing import Any

import pytest

from redis_health.client import Session, session
from redis_health.client.parameters import PARAMETERS
from redis_health.client.refusals import Refusals
from redis_health.errors import RedisFault, Unavailable
from redis_health.model import Failure, Nature, Target
from redis_health.replies import conditions
from tests.client.peers import answers, bulk, peer
from tests.client.sessions import failure_of, session_of, soon, target_of
from tests.conftest import Servers
from tests.servers import RedisServer


def calls(server: RedisServer, command: str) -> int:
    """How often a command was called; the look at it is an INFO of its own."""
    value = server.info("commandstats").get(f"cmdstat_{command}", "calls=0,")
    return int(value.split(",")[0].removeprefix("calls="))


def errors(server: RedisServer) -> int:
    return int(server.info("stats")["total_error_replies"])


def restricted(server: RedisServer, *rights: str) -> Target:
    server.call("ACL", "SETUSER", "mon", "on", ">m", *rights)
    return target_of(server, username="mon", password="m")


async def test_ten_readers_share_one_info(any_server: RedisServer) -> None:
    async with session_of(target_of(any_server)) as talk:
        before = calls(any_server, "info")
        found = await asyncio.gather(*(talk.info(soon()) for _ in range(10)))
        assert all(info is found[0] for info in found)
        assert found[0].fields["run_id"] == any_server.info("server")["run_id"]
        assert "commandstats" in found[0].sections
        assert 0 < found[0].seconds < 5
        # One is ours, one the look before and one the look after.
        assert calls(any_server, "info") - before == 3


async def test_an_info_serves_one_round(
    server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with session_of(target_of(server)) as talk:
        first = await talk.info(soon())
        assert await talk.info(soon()) is first
        monkeypatch.setattr(session, "SHARED_FOR", -1.0)
        second = await talk.info(soon())
        assert second is not first
        assert second.observed > first.observed


async def test_who_gives_up_leaves_the_others_their_info(server: RedisServer) -> None:
    async with session_of(target_of(server)) as talk:
        await talk.command(("PING",), soon())
        server.freeze()
        patient = asyncio.create_task(talk.info(soon()))
        await asyncio.sleep(0)
        assert (await failure_of(talk.info(soon(0.1)))).code == "TIMEOUT"
        server.thaw()
        assert (await patient).fields["redis_version"]


async def test_an_info_that_nobody_waits_for_has_its_own_deadline(server: RedisServer) -> None:
    async with session_of(target_of(server), info_timeout=0.1) as talk:
        await talk.command(("PING",), soon())
        with server.frozen():
            assert (await failure_of(talk.info(soon(0.05)))).code == "TIMEOUT"
            failure = await failure_of(talk.info(soon()))
            assert "0.1 s" in failure.message
            # The failure serves the round as the answer would.
            assert await failure_of(talk.info(soon())) == failure


async def test_closing_ends_an_info_under_way(server: RedisServer) -> None:
    async with session_of(target_of(server)) as talk:
        await talk.command(("PING",), soon())
        with server.frozen():
            waiting = asyncio.create_task(talk.info(soon(60.0)))
            await asyncio.sleep(0.01)
            talk.close()
            with pytest.raises(asyncio.CancelledError):
                await waiting


@pytest.mark.parametrize(
    "reply", [b"+OK\r\n", b":1\r\n", b"*1\r\n:1\r\n", b"$-1\r\n", b"$0\r\n\r\n"]
)
async def test_an_info_that_is_none(reply: bytes) -> None:
    def speak(words: list[str]) -> bytes:
        return reply if words[0] == "INFO" else b"+OK\r\n"

    async with peer(answers(speak)) as port, session_of(_at(port)) as talk:
        failure = await failure_of(talk.info(soon()))
        assert failure.code == "NOT_RESP"
        assert "answered INFO with" in failure.message


@pytest.mark.parametrize("version", ["6.2.14", "7.0.15", "nonsense"])
@pytest.mark.parametrize(
    ("reply", "parameters"),
    [
        (b"+OK\r\n", {}),
        (b":1\r\n", {}),
        (b"$-1\r\n", {}),
        (b"*3\r\n+a\r\n:5\r\n+alone\r\n", {"a": "5"}),
        (b"%1\r\n+a\r\n+b\r\n", {"a": "b"}),
        (b"*2\r\n$1\r\n\xff\r\n$1\r\n\xfe\r\n", {"\ufffd": "\ufffd"}),
    ],
)
async def test_a_config_that_is_none(
    version: str, reply: bytes, parameters: dict[str, str]
) -> None:
    def speak(words: list[str]) -> bytes:
        if words[0] == "INFO":
            return bulk(f"# Server\r\nredis_version:{version}\r\n")
        return reply if words[0] == "CONFIG" else b"+OK\r\n"

    async with peer(answers(speak)) as port, session_of(_at(port)) as talk:
        assert await talk.config(soon(), max_age=60.0) == parameters


@pytest.mark.parametrize("resp", [2, 3])
async def test_config_is_read_once(any_server: RedisServer, resp: int) -> None:
    async with session_of(target_of(any_server, resp=resp)) as talk:
        parameters = await talk.config(soon(), max_age=60.0)
        assert parameters["maxclients"] == any_server.call("CONFIG", "GET", "maxclients")[1]
        assert parameters["save"] == ""
        asked = PARAMETERS
        assert all(any(fnmatch(name, one) for one in asked) for name in parameters)
        any_server.call("CONFIG", "SET", "slowlog-max-len", 77)
        assert await talk.config(soon(), max_age=60.0) is parameters
        again = await talk.config(soon(), max_age=-1.0)
        assert again["slowlog-max-len"] == "77"


async def test_another_process_has_another_config(server: RedisServer) -> None:
    async with session_of(target_of(server)) as talk:
        first = await talk.config(soon(), max_age=60.0)
        server.restart()
        await asyncio.sleep(session.SHARED_FOR * 1.1)
        await talk.info(soon())
        assert await talk.config(soon(), max_age=60.0) is not first


@pytest.mark.parametrize("resp", [2, 3])
async def test_info_has_its_fields_in_both_protocols(any_server: RedisServer, resp: int) -> None:
    async with session_of(target_of(any_server, resp=resp)) as talk:
        info = await talk.info(soon())
        assert info.fields["run_id"] == any_server.info("server")["run_id"]
        assert next(iter(info.sections)) == "server"


async def test_a_refusal_is_asked_for_once(any_server: RedisServer) -> None:
    async with session_of(restricted(any_server, "+ping", "+info", "+client")) as talk:
        await talk.command(("PING",), soon())
        before = errors(any_server)
        for _ in range(3):
            failure = await failure_of(talk.command(("CONFIG", "GET", "save"), soon()))
            assert failure.code == "NOPERM_PROBE"
            assert "user mon may not run CONFIG" in failure.message
            with pytest.raises(Unavailable, match="may not run CONFIG") as caught:
                await talk.config(soon(), max_age=60.0)
            assert caught.value.command == "CONFIG"
        assert errors(any_server) == before + 1
        # Another command of the same name is another right.
        failure = await failure_of(talk.command(("CONFIG", "RESETSTAT"), soon()))
        assert failure.code == "NOPERM_PROBE"
        assert errors(any_server) == before + 2


async def test_a_renamed_command_is_unavailable(servers: Servers) -> None:
    server = servers(config={"rename-command": "SLOWLOG HIDDEN"})
    async with session_of(target_of(server)) as talk:
        await talk.command(("PING",), soon())
        before = errors(server)
        for _ in range(3):
            with pytest.raises(Unavailable, match="does not know SLOWLOG"):
                await talk.optional(("SLOWLOG", "GET", 10), soon())
        assert errors(server) == before + 1


async def test_an_optional_command_may_work_or_fail(server: RedisServer) -> None:
    async with session_of(target_of(server)) as talk:
        assert await talk.optional(("SLOWLOG", "LEN"), soon()) == 0
        # Wrong use is no refusal, and is not remembered as one.
        for _ in range(2):
            failure = await failure_of(talk.optional(("SLOWLOG", "GET", "x"), soon()))
            assert failure.code == "ERROR_REPLY"


async def test_a_refusal_is_forgotten_in_time(
    any_server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "OPTIONAL", 0.1)
    async with session_of(restricted(any_server, "+ping", "+client")) as talk:
        with pytest.raises(Unavailable):
            await talk.optional(("DBSIZE",), soon())
        any_server.call("ACL", "SETUSER", "mon", "+dbsize")
        with pytest.raises(Unavailable):
            await talk.optional(("DBSIZE",), soon())
        await asyncio.sleep(0.11)
        assert await talk.optional(("DBSIZE",), soon()) == 0


async def test_a_refusal_is_forgotten_with_the_process(server: RedisServer) -> None:
    async with session_of(restricted(server, "+ping", "+client", "+info")) as talk:
        await talk.info(soon())
        with pytest.raises(Unavailable):
            await talk.optional(("DBSIZE",), soon())
        server.restart()
        server.call("ACL", "SETUSER", "mon", "on", ">m", "+@all")
        await asyncio.sleep(session.SHARED_FOR * 1.1)
        await talk.info(soon())
        assert await talk.optional(("DBSIZE",), soon()) == 0


def test_refusals_know_a_command_by_its_first_two_words() -> None:
    failure = Failure(conditions.NOPERM, Nature.REPLY, "no")
    refusals = Refusals()
    refusals.learn(("config", "get", "save"), failure, now=10.0, seconds=5.0)
    assert refusals.failure(("CONFIG", "GET", "databases"), 14.9) is failure
    assert refusals.failure(("CONFIG", "SET"), 14.9) is None
    assert refusals.failure(("CONFIG", "GET"), 15.0) is None
    refusals.forget()
    assert refusals.failure(("CONFIG", "GET"), 10.0) is None


async def test_a_connection_of_its_own(any_server: RedisServer) -> None:
    async with session_of(target_of(any_server)) as talk:
        await talk.command(("PING",), soon())
        commands = [("ECHO", "a"), ("CLIENT", "GETNAME")]
        replies = await talk.on_fresh_connection(commands, soon())
        assert replies == [b"a", b"redis-health-write"]
        assert talk.lane.reconnects == 0


async def test_it_hangs_alone(server: RedisServer) -> None:
    async with session_of(target_of(server)) as talk:
        server.call("CLIENT", "PAUSE", 60000, "WRITE")
        write = talk.on_fresh_connection([("EVAL", "#!lua\nreturn 1", 0)], soon(0.2))
        failed, (reply, _) = await asyncio.gather(
            failure_of(write), talk.command(("PING",), soon())
        )
        assert failed.code == "TIMEOUT"
        assert reply == b"PONG"


async def test_its_errors_are_failures(any_server: RedisServer) -> None:
    async with session_of(target_of(any_server)) as talk:
        any_server.call("CONFIG", "SET", "min-replicas-to-write", 1)
        for _ in range(2):
            write = talk.on_fresh_connection([("SET", "key", "value")], soon())
            assert (await failure_of(write)).code == "NOREPLICAS"
        any_server.call("CONFIG", "SET", "min-replicas-to-write", 0)
        assert await talk.on_fresh_connection([("SET", "key", "value")], soon()) == [b"OK"]


async def test_its_refusals_are_remembered(any_server: RedisServer) -> None:
    async with session_of(restricted(any_server, "+ping", "+client")) as talk:
        await talk.command(("PING",), soon())
        before = errors(any_server)
        for _ in range(3):
            write = talk.on_fresh_connection([("EVAL", "return 1", 0)], soon())
            assert (await failure_of(write)).code == "NOPERM_PROBE"
        assert errors(any_server) == before + 1


async def test_a_closed_session_may_be_closed_again(server: RedisServer) -> None:
    talk: Any = Session(target_of(server), info_timeout=1.0)
    talk.close()
    await talk.command(("PING",), soon())
    talk.close()
    talk.close()


async def test_a_fault_of_info_is_everybodys(server: RedisServer) -> None:
    server.stop()
    async with session_of(target_of(server)) as talk:
        found = await asyncio.gather(*(talk.info(soon()) for _ in range(3)), return_exceptions=True)
        assert {type(fault) for fault in found} == {RedisFault}


def _at(port: int) -> Target:
    return Target(host="127.0.0.1", port=port)

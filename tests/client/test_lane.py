"""The kept connection: replaced in silence, never one reply behind, never left open."""

from __future__ import annotations

import asyncio
import time

import pytest

from redis_health.errors import OwnFault, RedisFault
from redis_health.model import ErrorReply, Target
from tests.client.peers import answers, full_backlog, peer
from tests.client.sessions import dial_failure, failure_of, session_of, soon, target_of
from tests.ports import poll
from tests.servers import RedisServer


def kept(server: RedisServer, name: str = "redis-health") -> int:
    """How many connections of this name the server has."""
    clients = server.call("CLIENT", "LIST").splitlines()
    return sum(f" name={name} " in client for client in clients)


async def gone(server: RedisServer, name: str = "redis-health") -> bool:
    return await asyncio.to_thread(poll, lambda: kept(server, name) == 0, within=5.0)


async def blocked(server: RedisServer) -> bool:
    return await asyncio.to_thread(
        poll, lambda: server.info("clients")["blocked_clients"] == "1", within=5.0
    )


async def test_questions_share_one_connection(any_server: RedisServer) -> None:
    async with session_of(target_of(any_server)) as session:
        for _ in range(3):
            reply, seconds = await session.command(("PING",), soon())
            assert reply == b"PONG"
            assert 0 < seconds < 5
        assert kept(any_server) == 1
        assert session.lane.reconnects == 0
    assert await gone(any_server)


async def test_a_killed_connection_is_replaced_in_silence(any_server: RedisServer) -> None:
    lost = asyncio.Event()
    async with session_of(target_of(any_server), lost=lost.set) as session:
        await session.command(("PING",), soon())
        for killed in (1, 2):
            lost.clear()
            any_server.call("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
            await asyncio.wait_for(lost.wait(), 5.0)
            assert (await session.command(("PING",), soon()))[0] == b"PONG"
            assert session.lane.reconnects == killed


async def test_the_end_of_our_own_doing_is_not_told(server: RedisServer) -> None:
    told: list[None] = []
    async with session_of(target_of(server), lost=lambda: told.append(None)) as session:
        await session.command(("PING",), soon())
    assert await gone(server)
    await asyncio.sleep(0)
    assert told == []


async def test_a_restart_is_survived(server: RedisServer) -> None:
    async with session_of(target_of(server)) as session:
        await session.command(("PING",), soon())
        server.stop()
        assert (await failure_of(session.command(("PING",), soon()))).code == "CONN_REFUSED"
        server.start()
        assert (await session.command(("PING",), soon()))[0] == b"PONG"


async def test_a_late_reply_is_not_taken_for_the_next(any_server: RedisServer) -> None:
    async with session_of(target_of(any_server)) as session:
        await session.command(("PING",), soon())
        with any_server.frozen():
            failure = await failure_of(session.command(("ECHO", "late"), soon(0.2)))
            assert failure.code == "TIMEOUT"
            assert "0.2 s" in failure.message
        assert (await session.command(("ECHO", "next"), soon()))[0] == b"next"


async def test_cancellation_passes_and_closes(any_server: RedisServer) -> None:
    async with session_of(target_of(any_server)) as session:
        await session.command(("PING",), soon())
        task = asyncio.create_task(session.command(("BLPOP", "nothing", 0), soon(60.0)))
        assert await blocked(any_server)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await gone(any_server)
        assert (await session.command(("PING",), soon()))[0] == b"PONG"
        assert session.lane.reconnects == 0


async def test_cancelling_a_dial_closes_it(server: RedisServer) -> None:
    async with session_of(target_of(server)) as session:
        with server.frozen():
            task = asyncio.create_task(session.dial(soon(60.0)))
            await asyncio.sleep(0.05)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
    assert await gone(server, "redis-health-dial")


async def test_questions_take_turns(server: RedisServer) -> None:
    async with session_of(target_of(server)) as session:
        asked = [session.command(("ECHO", number), soon()) for number in range(50)]
        replies = await asyncio.gather(*asked)
        assert [reply for reply, _ in replies] == [str(number).encode() for number in range(50)]
        assert kept(server) == 1


async def test_waiting_for_a_turn_is_not_forever(server: RedisServer) -> None:
    async with session_of(target_of(server)) as session:
        first = asyncio.create_task(session.command(("BLPOP", "list", 0), soon()))
        await asyncio.sleep(0)
        assert (await failure_of(session.command(("PING",), soon(0.1)))).code == "TIMEOUT"
        assert await blocked(server)
        server.call("RPUSH", "list", "here")
        assert (await first)[0] == [b"list", b"here"]


async def test_errors_within_one_round_trip_are_replies(server: RedisServer) -> None:
    async with session_of(target_of(server)) as session:
        commands = [("PING",), ("NONSENSE",), ("ECHO", "x")]
        replies, _ = await session.ask(commands, soon())
        assert replies[0] == b"PONG"
        assert isinstance(replies[1], ErrorReply)
        assert replies[1].text.startswith("ERR unknown command")
        assert replies[2] == b"x"


async def test_what_is_said_unasked_is_no_reply() -> None:
    def reply(words: list[str]) -> bytes:
        return b"+OK\r\n-ERR idle for too long\r\n" if words == ["ECHO", "first"] else b"+OK\r\n"

    async with (
        peer(answers(reply)) as port,
        session_of(Target(host="127.0.0.1", port=port)) as session,
    ):
        assert (await session.command(("ECHO", "first"), soon()))[0] == b"OK"
        assert (await session.command(("ECHO", "second"), soon()))[0] == b"OK"
        assert session.lane.reconnects == 1


async def test_garbage_in_mid_life_is_told_by_its_first_bytes() -> None:
    def reply(words: list[str]) -> bytes:
        return b"<html>" if words == ["GARBAGE"] else b"+OK\r\n"

    async with (
        peer(answers(reply)) as port,
        session_of(Target(host="127.0.0.1", port=port)) as session,
    ):
        await session.command(("PING",), soon())
        failure = await failure_of(session.command(("GARBAGE",), soon()))
        assert failure.code == "NOT_RESP"
        assert "'<html>'" in failure.message
        assert (await session.command(("PING",), soon()))[0] == b"PONG"


async def test_garbage_on_a_new_connection_is_told_too() -> None:
    async with (
        peer(answers(lambda words: b"?" if words == ["X"] else b"+OK\r\n")) as port,
        session_of(Target(host="127.0.0.1", port=port)) as session,
    ):
        assert (await failure_of(session.command(("X",), soon()))).code == "NOT_RESP"


async def test_a_frozen_server_is_a_matter_of_the_login(any_server: RedisServer) -> None:
    with any_server.frozen():
        failure = await dial_failure(target_of(any_server), within=0.2)
    assert (failure.code, failure.nature) == ("TIMEOUT", "silence")
    assert "gave no reply within 0.2 s" in failure.message


async def test_our_own_stall_is_no_silence_of_redis(server: RedisServer) -> None:
    async with session_of(target_of(server)) as session:
        with server.frozen():
            task = asyncio.create_task(session.command(("PING",), soon(0.1)))
            await asyncio.sleep(0)
            time.sleep(0.5)  # noqa: ASYNC251 - this is the stall
            with pytest.raises(OwnFault, match="stalled"):
                await task


async def test_an_unexpected_error_has_its_cause(server: RedisServer) -> None:
    server.stop()
    async with session_of(target_of(server)) as session:
        with pytest.raises(RedisFault) as caught:
            await session.dial(soon())
        assert isinstance(caught.value.__cause__, ConnectionRefusedError)


async def test_who_waits_is_told_where_the_others_hang() -> None:
    with full_backlog() as port:
        target = Target(host="127.0.0.1", port=port)
        async with session_of(target, info_timeout=0.4) as session:
            failures = await asyncio.gather(
                failure_of(session.command(("PING",), soon(0.3))),
                failure_of(session.command(("ECHO", "x"), soon(0.2))),
                failure_of(session.command(("ECHO", "y"), soon(0.3))),
                failure_of(session.command(("ECHO", "z"), soon(0.32))),
                failure_of(session.info(soon(0.3))),
                failure_of(session.info(soon(5.0))),
                failure_of(session.config(soon(0.3), max_age=0.0)),
                failure_of(session.config(soon(0.3), max_age=0.0)),
            )
    assert [failure.code for failure in failures] == ["CONNECT_TIMEOUT"] * 8
    assert "within 0.2 s" in failures[1].message


async def test_who_waits_in_vain_opens_no_connection_for_nothing() -> None:
    opened = 0

    async def mute(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal opened
        opened += 1
        await reader.read()

    async with (
        peer(mute) as port,
        session_of(Target(host="127.0.0.1", port=port)) as session,
    ):
        asked = [failure_of(session.command(("PING",), soon(0.2))) for _ in range(5)]
        failures = await asyncio.gather(*asked)
        assert {(failure.code, failure.nature) for failure in failures} == {("TIMEOUT", "silence")}
        assert opened == 1


async def test_who_comes_after_a_silence_is_answered(server: RedisServer) -> None:
    async with session_of(target_of(server)) as session:
        with server.frozen():
            first = asyncio.create_task(failure_of(session.command(("PING",), soon(0.2))))
            second = asyncio.create_task(session.command(("PING",), soon()))
            assert (await first).code == "TIMEOUT"
        assert (await second)[0] == b"PONG"

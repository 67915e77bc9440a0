"""The conversations with Sentinels, and several questions in one round trip."""

from __future__ import annotations

import asyncio
import time

import pytest

from redis_health.client import RoundReader
from redis_health.client.watching import Watching
from redis_health.errors import OwnFault
from redis_health.model import ErrorReply, ProbeOptions, Target, Watchers
from tests.client.peers import answers, peer
from tests.client.sessions import session_of, soon, target_of
from tests.servers import RedisServer


def watching(*targets: Target, target: Target | None = None) -> Watching:
    return Watching(Watchers(sentinels=targets), target or Target())


async def test_each_answers_for_itself(server: RedisServer) -> None:
    async with peer(answers(lambda _: b"$-1\r\n")) as port:
        gone = Target(host="127.0.0.1", port=1)
        talk = watching(gone, target_of(server), Target(host="127.0.0.1", port=port))
        try:
            refused, well, strange = await talk.within(soon()).ask(("ECHO", "x"), ("NONSENSE",))
        finally:
            talk.close()
    assert refused.where == "127.0.0.1:1"
    assert refused.failure is not None
    assert (refused.failure.code, refused.replies) == ("CONN_REFUSED", ())
    assert well.failure is None
    assert well.replies[0] == b"x"
    assert isinstance(well.replies[1], ErrorReply)
    assert strange.failure is not None
    assert strange.failure.code == "NOT_RESP"


async def test_a_refused_login_is_not_tried_each_time(server: RedisServer) -> None:
    server.call("CONFIG", "SET", "requirepass", "sesame")
    talk = watching(target_of(server, password="wrong"))
    try:
        for _ in range(3):
            (answer,) = await talk.ask([("PING",)], soon())
            assert answer.failure is not None
            assert answer.failure.code == "WRONGPASS"
            assert "wrong" not in repr(answer)
    finally:
        talk.close()
    assert server.call("INFO", "stats", password="sesame").count("total_error_replies:1\r\n") == 1


async def test_a_stall_of_our_own_is_not_their_silence(server: RedisServer) -> None:
    talk = watching(target_of(server))
    try:
        with server.frozen():
            task = asyncio.create_task(talk.ask([("PING",)], soon(0.15)))
            await asyncio.sleep(0)
            time.sleep(0.6)  # noqa: ASYNC251 - this is the stall
            with pytest.raises(OwnFault, match="stalled"):
                await task
    finally:
        talk.close()


async def test_addresses_of_names() -> None:
    talk = watching(target=Target(host="pinned", addresses=("192.0.2.1", "192.0.2.2")))
    assert await talk.resolve("pinned", soon()) == {"192.0.2.1", "192.0.2.2"}
    assert await talk.resolve("::1", soon()) == {"::1"}
    assert "127.0.0.1" in await talk.resolve("localhost", soon())
    assert await talk.resolve("redis.invalid", soon()) == frozenset()
    for number in range(40):
        assert await talk.resolve(f"192.0.2.{number}", soon()) == {f"192.0.2.{number}"}


async def test_where_we_go_is_told_unless_it_is_a_socket() -> None:
    assert watching(target=Target(host="h", port=1)).within(soon()).target == ("h", 1)
    assert watching(target=Target(path="/run/redis.sock")).within(soon()).target is None


async def test_several_questions_less_those_that_are_refused(server: RedisServer) -> None:
    server.call("ACL", "SETUSER", "mon", "on", ">m", "+ping", "+info", "+echo")
    target = target_of(server, username="mon", password="m")
    async with session_of(target) as session:
        reader = RoundReader(session, timeout=5.0, last={}, options=ProbeOptions())
        assert reader.watchers is None
        questions = (("ECHO", "a"), ("CONFIG", "GET", "x"), ("ECHO", "b"))
        for _ in range(3):
            first, refused, last = await reader.several(*questions)
            assert (first, last) == (b"a", b"b")
            assert isinstance(refused, ErrorReply)
        assert refused == ErrorReply("user mon may not run CONFIG GET")
        assert await reader.several(("CONFIG", "GET", "y")) == [refused]
        # One for the name of the connection, one for CONFIG.
        assert server.info("stats")["total_error_replies"] == "2"


async def test_an_info_of_another_round_dates_nothing(server: RedisServer) -> None:
    async with session_of(target_of(server)) as session:
        first = await session.info(soon())
        reader = RoundReader(session, timeout=5.0, last={}, options=ProbeOptions())
        assert await reader.info(max_age=60.0) is first
        assert reader.observed is None

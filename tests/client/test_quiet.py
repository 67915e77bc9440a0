"""The service provokes no error replies: they would show in the very numbers that it reports."""

from __future__ import annotations

import pytest

from redis_health.client import RoundReader, Session
from redis_health.errors import RedisFault, Unavailable
from redis_health.model import Dial, InfoReply, ProbeOptions
from redis_health.probes import catalogue
from tests.client.sessions import session_of, soon, target_of
from tests.servers import RedisServer


def errors(server: RedisServer) -> int:
    return int(server.info("stats")["total_error_replies"])


def reader_of(session: Session, timeout: float = 5.0) -> RoundReader:
    options = ProbeOptions(given={"check_write": True})
    return RoundReader(session, timeout=timeout, last={}, options=options)


async def round_of_all(session: Session) -> set[str]:
    """One round of every probe; the names of those that Redis refused something."""
    refused = set()
    for probe in catalogue():
        try:
            await probe.collect(reader_of(session))
        except Unavailable:
            refused.add(probe.name)
        except RedisFault as fault:
            if fault.failure.code != "NOPERM_PROBE":
                raise
            refused.add(probe.name)
    return refused


@pytest.mark.parametrize("resp", [2, 3])
async def test_no_error_replies(any_server: RedisServer, resp: int) -> None:
    before = errors(any_server)
    async with session_of(target_of(any_server, resp=resp)) as session:
        for _ in range(2):
            await session.dial(soon())
            assert await round_of_all(session) == set()
        await session.config(soon(), max_age=-1.0)
    assert errors(any_server) == before


async def test_few_error_replies_to_a_user_with_few_rights(any_server: RedisServer) -> None:
    any_server.call("ACL", "SETUSER", "mon", "on", ">m", "+ping", "+info")
    before = errors(any_server)
    async with session_of(target_of(any_server, username="mon", password="m")) as session:
        refused = await round_of_all(session)
        assert {"ping", "connect", "server", "memory"}.isdisjoint(refused)
        assert "slowlog" in refused
        learnt = errors(any_server)
        # The name, CONFIG, and a command or two of the probes that rest on them.
        assert learnt - before <= 8
        for _ in range(3):
            await session.dial(soon())
            assert await round_of_all(session) == refused
        assert errors(any_server) == learnt


async def test_a_round_reader_is_what_a_probe_may_ask(server: RedisServer) -> None:
    async with session_of(target_of(server)) as session:
        options = ProbeOptions(expect_role="master")
        reader = RoundReader(session, timeout=5.0, last={"a": 1}, options=options)
        assert reader.last == {"a": 1}
        assert reader.options is options
        assert reader.observed is None
        before = reader.now(), reader.wall()
        assert await reader.command("ECHO", "x") == b"x"
        assert await reader.optional("ECHO", "y") == b"y"
        assert isinstance(await reader.info(), InfoReply)
        assert isinstance(await reader.dial(), Dial)
        assert (await reader.config())["maxclients"] == "10000"
        assert await reader.on_fresh_connection(("ECHO", "z")) == [b"z"]
        assert before[0] < reader.now()
        assert before[1] < reader.wall()


async def test_what_is_observed_is_the_oldest_that_was_seen(server: RedisServer) -> None:
    async with session_of(target_of(server)) as session:
        first = await session.info(soon())
        reader = reader_of(session)
        assert await reader.info() is first
        assert reader.observed == first.observed < reader.now()


async def test_a_stall_of_our_own_is_taken_off_a_round_trip(server: RedisServer) -> None:
    async with session_of(target_of(server)) as session:
        asked: list[float] = []

        def stalled(since: float) -> float:
            asked.append(since)
            return 60.0

        options = ProbeOptions()
        reader = RoundReader(session, timeout=5.0, last={}, options=options, stalled_since=stalled)
        started = reader.now()
        assert await reader.timed("ECHO", "x") == (b"x", 0.0)
        assert started <= asked[0] <= reader.now()
        plain = RoundReader(session, timeout=5.0, last={}, options=options)
        assert (await plain.timed("ECHO", "x"))[1] > 0


async def test_one_deadline_bounds_the_round(server: RedisServer) -> None:
    async with session_of(target_of(server)) as session:
        reader = reader_of(session, timeout=0.2)
        with server.frozen():
            started = reader.now()
            for _ in range(3):
                with pytest.raises(RedisFault, match="TIMEOUT"):
                    await reader.command("PING")
            assert 0.15 < reader.now() - started < 0.5

"""Answers in good RESP that belong to another question, or to another server."""

from __future__ import annotations

import asyncio

import pytest

from redis_health.model import Target
from tests.client.peers import answers, peer
from tests.client.sessions import dial_failure, failure_of, session_of, soon


@pytest.mark.parametrize(
    ("said", "shown"),
    [(b"+HELLO\r\n", "the string 'HELLO'"), (b":1\r\n", "a number"), (b"*0\r\n", "an array")],
)
async def test_ping_is_answered_with_pong(said: bytes, shown: str) -> None:
    async with peer(answers(lambda _words: said)) as port:
        failure = await dial_failure(Target(host="127.0.0.1", port=port))
    assert failure.code == "NOT_RESP"
    assert f"answered PING with {shown}" in failure.message


async def test_after_another_answer_the_connection_is_not_used_again() -> None:
    connections = 0
    pings = [b"+PONG\r\n", b":7\r\n"]

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1

        def reply(words: list[str]) -> bytes:
            if words != ["PING"]:
                return b"+OK\r\n"
            return pings.pop(0) if pings else b"+PONG\r\n"

        await answers(reply)(reader, writer)

    async with (
        peer(serve) as port,
        session_of(Target(host="127.0.0.1", port=port)) as session,
    ):
        failure = await failure_of(session.command(("PING",), soon()))
        assert failure.code == "NOT_RESP"
        assert (await session.command(("PING",), soon()))[0] == b"PONG"
    assert connections == 2


async def test_a_late_answer_is_nobodys() -> None:
    slow = [0.3]

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(4096):
            if b"SETNAME" not in data and slow:
                await asyncio.sleep(slow.pop())
            writer.write(b"+OK\r\n+PONG\r\n" if b"SETNAME" in data else b"+PONG\r\n")

    async with (
        peer(serve) as port,
        session_of(Target(host="127.0.0.1", port=port)) as session,
    ):
        failure = await failure_of(session.command(("PING",), soon(0.1)))
        assert failure.code == "TIMEOUT"
        assert (await session.command(("PING",), soon()))[0] == b"PONG"


async def test_more_answers_than_questions() -> None:
    twice = answers(lambda words: b"+PONG\r\n+PONG\r\n" if words == ["PING"] else b"+OK\r\n")
    async with (
        peer(twice) as port,
        session_of(Target(host="127.0.0.1", port=port)) as session,
    ):
        failure = await failure_of(session.command(("PING",), soon()))
    assert failure.code == "NOT_RESP"
    assert "says more than it is asked" in failure.message


@pytest.mark.parametrize("said", [b"-ODD AUTH hunter-two\r\n", b"-NOAUTH hunter-two\r\n"])
async def test_a_refusal_that_repeats_the_password_is_not_shown(said: bytes) -> None:
    async with peer(answers(lambda _words: said)) as port:
        target = Target(host="127.0.0.1", port=port, password="hunter-two")
        failure = await dial_failure(target)
    assert failure.code in {"ERROR_REPLY", "NOAUTH"}
    assert "hunter" not in failure.message
    assert failure.message.endswith("does not take our AUTH")

"""Peers that are not Redis: named for what they are, with bounded time and memory."""

from __future__ import annotations

import asyncio
import socket
import tracemalloc
from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from redis_health.client import framing
from redis_health.client.connection import Connection
from redis_health.model import Failure, Target
from redis_health.replies import NotResp
from tests.client.peers import Handler, peer, says
from tests.client.sessions import dial_failure, failure_of, session_of, soon


async def met(handler: Handler, *, within: float = 5.0, resp: int = 2) -> Failure:
    """The failure of a dial to the peer."""
    async with peer(handler) as port:
        return await dial_failure(Target(host="127.0.0.1", port=port, resp=resp), within=within)


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        (b"HTTP/1.0 400 Bad request\r\n\r\n<!DOCTYPE HTML>", "'HTTP/1.0 400'"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "'SSH-2.0-Open'"),
        (b"J\x00\x00\x00\n8.0.36\x00", "'J???"),
        (b"\xff\xfe\xfd", "'\ufffd\ufffd\ufffd'"),
        (b"*1000000000\r\n", "'*1000000000"),
        (b"*4294967295\r\n", "'*4294967295"),
        (b"*99999999999999999999999\r\n", "'*99999999999"),
        (b"*-7\r\n", "'*-7"),
        (b"$1000000000\r\n", "'$1000000000"),
        (b"%1\r\n*0\r\n:1\r\n", "'%1"),
        (b">0\r\n", "'>0"),
        (b"*1\r\n" * 100_000, "'*1"),
        (b":12x\r\n", "':12x"),
    ],
)
async def test_what_is_not_resp_is_shown(said: bytes, shown: str) -> None:
    failure = await met(says(said, stays=True))
    assert (failure.code, failure.nature) == ("NOT_RESP", "transport")
    assert shown in failure.message
    assert failure.message.isprintable()


async def test_who_greets_first_is_shown_too() -> None:
    async def greets(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.example ESMTP\r\n")
        await reader.read()

    failure = await met(greets)
    assert failure.code == "NOT_RESP"
    assert "'220 mail.exa'" in failure.message


@pytest.mark.parametrize("part", [b"+PON", b"$6\r\nabc", b"*3\r\n+a\r\n", b"*1\r"])
async def test_a_truncated_reply(part: bytes) -> None:
    assert (await met(says(part))).code == "CONN_RESET"
    silent = await met(says(part, stays=True), within=0.2)
    assert (silent.code, silent.nature) == ("TIMEOUT", "silence")


async def test_a_mute_peer() -> None:
    failure = await met(says(stays=True), within=0.2)
    assert (failure.code, failure.nature) == ("TIMEOUT", "silence")


async def test_a_peer_that_hangs_up() -> None:
    failure = await met(says())
    assert (failure.code, failure.nature) == ("CONN_RESET", "transport")
    assert "in phase login" in failure.message


async def test_a_reset() -> None:
    async def resets(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        sock: socket.socket = writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")

    assert (await met(resets)).code == "CONN_RESET"


@pytest.mark.parametrize("piece", [b"+" + b"a" * 65536, b"$60000000\r\n" + b"b" * 65536])
async def test_endless_data_takes_bounded_memory(
    monkeypatch: pytest.MonkeyPatch, piece: bytes
) -> None:
    monkeypatch.setattr(framing, "MAX_REPLY_BYTES", 2**20)

    async def floods(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(piece)
        while True:
            writer.write(b"c" * 65536)
            await writer.drain()

    tracemalloc.start()
    try:
        failure = await met(floods)
        assert failure.code == "NOT_RESP"
        assert tracemalloc.get_traced_memory()[1] < 16 * 2**20
    finally:
        tracemalloc.stop()


async def test_a_flood_between_two_questions_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(framing, "MAX_REPLY_BYTES", 2**16)
    answered, flooded = asyncio.Event(), asyncio.Event()

    async def floods(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for reply in (b"+OK\r\n+PONG\r\n", b"+PONG\r\n"):
            await reader.readuntil(b"PING\r\n")
            writer.write(reply)
        await answered.wait()
        for _ in range(100):
            writer.write(b"+junk\r\n" * 10_000)
            await writer.drain()
        flooded.set()
        await reader.read()

    async with (
        peer(floods) as port,
        session_of(Target(host="127.0.0.1", port=port)) as session,
    ):
        await session.command(("PING",), soon())
        answered.set()
        # The peer gets rid of it all, and none of it is kept.
        await asyncio.wait_for(flooded.wait(), 10.0)
        failure = await failure_of(session.command(("PING",), soon()))
    assert failure.code == "NOT_RESP"
    assert "'+junk??+junk" in failure.message


async def test_a_proxy_without_a_backend() -> None:
    failure = await met(says(b"-no upstream host\r\n", stays=True), within=0.2)
    assert failure.code == "TIMEOUT"
    failure = await met(says(b"-ERR max number of connections reached\r\n"))
    assert failure.code == "MAXCLIENTS"


async def _exchange(said: bytes, resp: int) -> object:
    ours, theirs = socket.socketpair()
    connection = Connection(resp=resp)
    with theirs:
        await connection.open(ours, context=None, server_name=None, lost=lambda: None)
        theirs.sendall(said)
        theirs.shutdown(socket.SHUT_WR)
        try:
            return await connection.ask([("PING",), ("PING",)])
        except (OSError, NotResp) as error:
            return error
        finally:
            connection.abort()
            await asyncio.sleep(0)


_RESP = st.lists(
    st.one_of(
        st.binary(max_size=6),
        st.sampled_from([b"\r\n", b"*", b"$", b"%", b"~", b">", b"|", b"=", b"!", b"-", b"+"]),
        st.sampled_from([b":1\r\n", b"*2\r\n", b"%1\r\n", b"$2\r\nab\r\n", b"_\r\n", b"#t\r\n"]),
        st.sampled_from([b">1\r\n", b">2\r\n", b"+MOVING\r\n", b"+invalidate\r\n", b",nan\r\n"]),
    ),
    max_size=12,
).map(b"".join)


@settings(max_examples=150, deadline=None)
@given(_RESP, st.sampled_from([2, 3]))
def test_any_bytes_are_replies_or_a_failure_with_a_name(said: bytes, resp: int) -> None:
    result = asyncio.run(_exchange(said, resp))
    assert isinstance(result, OSError | NotResp) or len(cast("list[object]", result)) == 2

"""The client against bytes that nobody should send, in pieces of any size."""

from __future__ import annotations

import asyncio
import random
import socket
from collections.abc import Sequence
from itertools import pairwise
from typing import cast

from hypothesis import given
from hypothesis import strategies as st

from redis_health.client.connection import Connection
from redis_health.errors import OwnFault, RedisFault
from redis_health.model import Nature, Target
from redis_health.model.line import LONGEST
from redis_health.replies import NotResp
from tests.client.peers import peer
from tests.client.sessions import session_of, soon
from tests.fuzz.answers import info
from tests.fuzz.cases import examples, tried

_WORDS = st.sampled_from(
    [b"\r\n", b"*", b"$", b"%", b"~", b">", b"|", b"=", b"!", b"-", b"+", b"(", b",", b"#t\r\n"]
)
_WHOLE = st.sampled_from(
    [
        b":1\r\n",
        b"*2\r\n",
        b"%1\r\n",
        b"$2\r\nab\r\n",
        b"_\r\n",
        b"*-1\r\n",
        b"$-1\r\n",
        b"+PONG\r\n",
    ]
)
# An absurd announcement after the answers is none of them: it may be seen in time, or not.
_ODD = st.sampled_from([b">1\r\n", b">2\r\n+x\r\n", b"$-5\r\n", b"*1\r\n" * 99])
_SAID = st.lists(_WORDS | _WHOLE | _ODD | st.binary(max_size=6), max_size=14).map(b"".join)


async def _exchange(pieces: Sequence[bytes], resp: int) -> object:
    """What two questions are answered with when these pieces come; errors as such."""
    ours, theirs = socket.socketpair()
    connection = Connection(resp=resp)
    with theirs:
        await connection.open(ours, context=None, server_name=None, lost=lambda: None)
        asking = asyncio.create_task(connection.ask([("PING",), ("INFO",)]))
        for piece in pieces:
            await asyncio.sleep(0)
            theirs.sendall(piece)
        theirs.shutdown(socket.SHUT_WR)
        try:
            return await asking
        except (OSError, NotResp) as error:
            return type(error)
        finally:
            connection.abort()
            await asyncio.sleep(0)


@examples(300)
@given(said=_SAID, cuts=st.lists(st.integers(0, 60), max_size=5), resp=st.sampled_from([2, 3]))
def test_pieces_make_no_difference(said: bytes, cuts: list[int], resp: int) -> None:
    tried("RESP")
    places = [0, *sorted(cuts), len(said)]
    pieces = [said[a:b] for a, b in pairwise(places)]
    whole, cut = asyncio.run(_both(said, pieces, resp))
    assert repr(cut) == repr(whole)
    assert isinstance(whole, type) or len(cast("list[object]", whole)) == 2


async def _both(said: bytes, pieces: Sequence[bytes], resp: int) -> tuple[object, object]:
    return await _exchange([said], resp), await _exchange(pieces, resp)


#: What a Redis says to the questions of one session: login, PING and INFO.
_INFO = b"# Server\r\nredis_version:7.0.15\r\nrun_id:abc\r\nrole:master\r\n"
_CONVERSATION = (b"+OK\r\n+PONG\r\n", b"+PONG\r\n", b"$%d\r\n%b\r\n" % (len(_INFO), _INFO))


async def _cut_off(said: bytes) -> list[str]:
    """The codes of what a session meets that hears so much and no more, each time it dials."""
    answers = [b"", b"", b""]
    rest = said
    for number, whole in enumerate(_CONVERSATION):
        answers[number], rest = rest[: len(whole)], rest[len(whole) :]

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for answer, whole in zip(answers, _CONVERSATION, strict=True):
            await reader.read(4096)
            writer.write(answer)
            if answer != whole:
                return
        await reader.read(4096)

    codes: list[str] = []
    target = Target(host="127.0.0.1", port=0)
    async with peer(serve) as port:
        target = Target(host="127.0.0.1", port=port)
        async with session_of(target) as session:
            for asked in (session.command(("PING",), soon()), session.info(soon())):
                try:
                    await asked
                except RedisFault as fault:
                    assert fault.failure.nature is not Nature.SILENCE
                    assert fault.failure.message.isprintable()
                    codes.append(fault.failure.code)
    return codes


async def test_an_end_at_every_byte() -> None:
    whole = b"".join(_CONVERSATION)
    for length in range(len(whole)):
        tried("ends")
        codes = await _cut_off(whole[:length])
        assert codes, length
        assert set(codes) <= {"CONN_RESET", "NOT_RESP"}, (length, codes)
    assert await _cut_off(whole) == []


@examples(150)
@given(r=st.randoms(use_true_random=True))
def test_a_session_with_a_madman(r: random.Random) -> None:
    tried("sessions")
    asyncio.run(_madman(r))


async def _madman(r: random.Random) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(4096):
            if b"INFO" in data:
                text = info(r)
                writer.write(b"$%d\r\n%b\r\n" % (len(text), text))
            elif r.random() < 0.8:
                writer.write(b"+OK\r\n" * (data.count(b"*") - 1) + b"+PONG\r\n")
            else:
                writer.write(
                    r.choice((b"+PONG\r\n" * 3, b":1\r\n", b"-ERR \xff\r\n", b"?", b"*1\r\n"))
                )
                writer.write_eof()

    async with (
        peer(serve) as port,
        session_of(Target(host="127.0.0.1", port=port), info_timeout=1.0) as session,
    ):
        for _ in range(4):
            for asked in (session.command(("PING",), soon(1.0)), session.info(soon(1.0))):
                try:
                    await asked
                except RedisFault as fault:
                    assert 0 < len(fault.failure.message) <= LONGEST
                    assert fault.failure.message.isprintable()
                except OwnFault as fault:
                    # The tests share a machine: its stalls are no finding.
                    assert "stalled" in str(fault)

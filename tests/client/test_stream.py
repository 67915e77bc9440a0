"""What arrived before the end is read, and the end is told at once."""

from __future__ import annotations

import pytest

from redis_health.client import framing
from redis_health.client.connection import Connection
from redis_health.client.stream import Stream
from redis_health.replies import NotResp


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
async def stream(told: list[str]) -> Stream:
    return Stream(lambda: told.append("lost"))


async def test_words_outlive_a_reset(stream: Stream, told: list[str]) -> None:
    stream.feed_data(b"-ERR max number of clients reached\r\n")
    stream.set_exception(ConnectionResetError())
    assert told == ["lost"]
    assert await stream.read(100) == b"-ERR max number of clients reached\r\n"
    assert await stream.read(100) == b""


async def test_a_reset_without_words_is_an_error(stream: Stream, told: list[str]) -> None:
    stream.feed_data(b"+OK\r\n")
    assert await stream.read(100) == b"+OK\r\n"
    stream.reply_taken()
    stream.set_exception(ConnectionResetError())
    stream.feed_eof()
    assert told == ["lost"]
    with pytest.raises(ConnectionResetError):
        await stream.read(100)


async def test_the_end_that_we_want_is_not_told(stream: Stream, told: list[str]) -> None:
    stream.forget()
    stream.feed_eof()
    assert told == []


async def test_the_first_bytes_are_kept(stream: Stream) -> None:
    for _ in range(100):
        stream.feed_data(b"0123456789")
    assert stream.first.startswith(b"0123456789" * 6)
    assert len(stream.first) < 200
    stream.reply_taken()
    assert stream.first == b""


async def test_too_much_is_an_error_and_is_not_kept(
    stream: Stream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(framing, "MAX_REPLY_BYTES", 10)
    stream.feed_data(b"+12345\r\n")
    stream.feed_data(b"+12345\r\n")
    with pytest.raises(NotResp) as caught:
        await stream.read(100)
    assert caught.value.first == b"+12345\r\n+12345\r\n"


async def test_a_connection_opens_nothing_by_itself() -> None:
    connection = Connection(resp=2)
    assert connection.tls() is None
    with pytest.raises(ConnectionResetError):
        await connection.ask([("PING",)])
    connection.abort()
    assert "Connection" in repr(connection)

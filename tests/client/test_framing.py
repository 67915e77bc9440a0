"""Absurd announcements are refused, whatever the pieces they arrive in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redis_health.client import framing
from redis_health.client.framing import Framing

SANE = [
    b"+OK\r\n",
    b"-ERR max number of clients reached\r\n",
    b":1000000000000\r\n",
    b"$-1\r\n",
    b"*-1\r\n",
    b"$3\r\nabc\r\n",
    b"$0\r\n\r\n",
    # What a client wrote is data and no header.
    b"*2\r\n$15\r\n*1000000000\r\n$9\r\n:1\r\n",
    b"%1\r\n+a\r\n=7\r\ntxt:abc\r\n",
    b"HTTP/1.0 400 Bad Request\r\n\r\n",
    b"$" + b"9" * 5000 + b"\r\n",
]
ABSURD = [
    b"*1000000000\r\n",
    b"%1000000000\r\n",
    b"~1000000000\r\n",
    b">1000000000\r\n",
    b"|1000000000\r\n",
    b"$1000000000\r\n",
    b"!1000000000\r\n",
    b"=1000000000\r\n",
    b"*2\r\n+a\r\n*1048575\r\n",
    b"+" + b"a" * (framing.MAX_LINE_BYTES + 1),
]


def fed(data: bytes, step: int) -> bool:
    follower = Framing()
    return all(follower.accepts(data[at : at + step]) for at in range(0, len(data), step))


@pytest.mark.parametrize("step", [1, 2, 7, 1000])
@pytest.mark.parametrize("data", SANE)
def test_what_redis_sends_passes(data: bytes, step: int) -> None:
    assert fed(data, step)


@pytest.mark.parametrize("step", [3, 1000])
@pytest.mark.parametrize("data", ABSURD)
def test_what_it_never_sends_does_not(data: bytes, step: int) -> None:
    assert not fed(b"+OK\r\n" + data, step)


def test_the_counts_are_those_of_one_reply(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(framing, "MAX_REPLY_BYTES", 10)
    monkeypatch.setattr(framing, "MAX_ELEMENTS", 2)
    follower = Framing()
    for _ in range(5):
        assert follower.accepts(b"*2\r\n:1\r\n")
        follower.reply_taken()
    assert follower.accepts(b"*2\r\n")
    assert not follower.accepts(b"*1\r\n")


def test_endless_small_replies_are_too_much(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(framing, "MAX_REPLY_BYTES", 10)
    follower = Framing()
    assert follower.accepts(b"+OK\r\n+OK\r\n")
    assert not follower.accepts(b"+")


@given(st.binary(), st.integers(1, 5))
def test_pieces_make_no_difference(data: bytes, step: int) -> None:
    assert fed(data, step) == fed(data, len(data) or 1)


def test_what_clients_decide_the_size_of_may_be_large() -> None:
    header = b"$%d\r\n" % (framing.MAX_REPLY_BYTES + 1)
    follower = Framing()
    assert not follower.accepts(header)
    follower = Framing()
    follower.expects(large=True)
    assert follower.accepts(header)
    follower = Framing()
    follower.expects(large=True)
    assert not follower.accepts(b"$%d\r\n" % (framing.LARGE * framing.MAX_REPLY_BYTES))


def test_pushes_without_end_are_refused() -> None:
    push = b">2\r\n+invalidate\r\n*0\r\n"
    assert fed(push * framing.MAX_PUSHES, 5)
    assert not fed(push * (framing.MAX_PUSHES + 1), 5)
    follower = Framing()
    for _ in range(3):
        assert follower.accepts(push * framing.MAX_PUSHES)
        follower.reply_taken()

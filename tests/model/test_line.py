"""What a server wrote, in one line of ours."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redis_health.model import Condition, Failure, Nature
from redis_health.model.line import LONGEST, one_line


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("memory 92%, 3,7 µs …", "memory 92%, 3,7 µs …"),
        ("two\r\nlines", "two??lines"),
        ("\x1b[2J\x00", "?[2J?"),
        ("\ud800\u2028", "??"),
        ("a" * 500, "a" * 399 + "…"),
    ],
)
def test_lines(text: str, line: str) -> None:
    assert one_line(text) == line


@given(st.text(), st.integers(1, 20))
def test_any_text_is_one_line(text: str, longest: int) -> None:
    line = one_line(text, longest=longest)
    assert line.isprintable()
    assert len(line) == min(len(text), longest)


def test_every_message_is_one() -> None:
    condition = Condition("X", "x", "mend it")
    long = "\n" + "x" * 1000
    assert condition.found(long).message == one_line(long)
    assert Failure(condition, Nature.REPLY, long).message == one_line(long)
    assert len(one_line(long)) == LONGEST

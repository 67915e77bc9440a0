"""Times, ages and foreign text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redis_health.web.wording import duration, one_line, rfc3339


@pytest.mark.parametrize(
    ("epoch", "expected"),
    [
        (0.0, "1970-01-01T00:00:00.000Z"),
        (1767323045.678, "2026-01-02T03:04:05.678Z"),
        (1767323045.6789, "2026-01-02T03:04:05.678Z"),
        (1767323045.0, "2026-01-02T03:04:05.000Z"),
    ],
)
def test_moments_are_rfc3339_with_milliseconds(epoch: float, expected: str) -> None:
    assert rfc3339(epoch) == expected


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (0.00023, "230 µs"),
        (0.0011, "1.1 ms"),
        (0.25, "250 ms"),
        (2.84, "2.8 s"),
        (41.2, "41 s"),
        (300, "5 min"),
        (3 * 3600, "3 h"),
        (12 * 86400, "12 d"),
    ],
)
def test_durations_have_the_unit_that_tells_most(seconds: float, expected: str) -> None:
    assert duration(seconds) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain text", "plain text"),
        ("größer", "größer"),
        ("ERR a\r\nok", "ERR a ok"),
        ("\x1b[31mred", "[31mred"),
        ("a\N{RIGHT-TO-LEFT OVERRIDE}b", "a b"),
    ],
)
def test_foreign_text_stays_on_its_line(text: str, expected: str) -> None:
    assert one_line(text) == expected


@given(st.text())
def test_no_text_ends_its_line(text: str) -> None:
    assert one_line(text).isprintable()
    assert len(one_line(text).splitlines()) <= 1

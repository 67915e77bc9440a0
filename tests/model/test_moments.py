"""Moments in messages."""

from __future__ import annotations

import pytest

from redis_health.model import moment

NOW = 1_800_000_000.0  # 2027-01-15 08:00:00 UTC


@pytest.mark.parametrize(
    ("epoch", "words"),
    [
        (NOW, "08:00:00 UTC"),
        (NOW - 8 * 3600, "00:00:00 UTC"),
        (NOW - 8 * 3600 - 1, "2027-01-14 23:59:59 UTC"),
        (NOW + 16 * 3600 - 1, "23:59:59 UTC"),
        (NOW + 16 * 3600, "2027-01-16 00:00:00 UTC"),
        # The same day of another year.
        (NOW - 365 * 86400, "2026-01-15 08:00:00 UTC"),
        (0.0, "1970-01-01 00:00:00 UTC"),
        (1e30, "1e+30 s since 1970"),
        (float("nan"), "nan s since 1970"),
    ],
)
def test_a_moment(epoch: float, words: str) -> None:
    assert moment(epoch, now=NOW) == words

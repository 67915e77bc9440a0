"""Numbers in messages."""

from __future__ import annotations

import pytest

from redis_health.probes._words import address, duration, plural, share, size


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0s"),
        (12.4, "12s"),
        (119, "119s"),
        (120, "2 min"),
        (7199, "120 min"),
        (10800, "3h"),
        (259200, "3 days"),
    ],
)
def test_durations(seconds: float, words: str) -> None:
    assert duration(seconds) == words


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0, "0 B"),
        (1023, "1023 B"),
        (1024, "1.00 KiB"),
        (4.11 * 1024**2, "4.11 MiB"),
        (-2048, "-2.00 KiB"),
        (2 * 1024**6, "2048.00 PiB"),
    ],
)
def test_sizes(value: float, words: str) -> None:
    assert size(value) == words


def test_a_share_has_one_unit() -> None:
    assert share(4.11 * 1024**2, 4 * 1024**2) == "4.11/4.00 MiB"
    assert share(512 * 1024, 2 * 1024**3) == "0.00/2.00 GiB"


@pytest.mark.parametrize(("number", "words"), [(0, "0 keys"), (1, "1 key"), (2, "2 keys")])
def test_plurals(number: int, words: str) -> None:
    assert plural(number, "key") == words


@pytest.mark.parametrize(("host", "text"), [("10.0.0.1", "10.0.0.1:1"), ("::1", "[::1]:1")])
def test_addresses(host: str, text: str) -> None:
    assert address(host, "1") == text

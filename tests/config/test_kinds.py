from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from redis_health.config.kinds import choice, integer, limits, listing, seconds, switch, text
from redis_health.config.option import Invalid, Kind
from redis_health.model import Limits
from tests.config.declared import HIGH, LOW, OFF

INTEGER = integer(1, 65535)
SECONDS = seconds(0.01, 3600)
CHOICE = choice({"primary": "master", "replica": "slave", "master": "master"})
LISTING = listing("WORD", "words", str.upper)
NO_LEAVE = replace(HIGH, leave=None)

GOOD: list[tuple[Kind[Any], object, object]] = [
    (text(), "as it is ", "as it is "),
    (text(), "", None),
    (switch(), True, True),
    (switch(), False, False),
    (switch(), "Yes", True),
    (switch(), " on ", True),
    (switch(), "1", True),
    (switch(), "TRUE", True),
    (switch(), "false", False),
    (switch(), "0", False),
    (switch(), "no", False),
    (switch(), "off", False),
    (INTEGER, "1", 1),
    (INTEGER, " 65535 ", 65535),
    (INTEGER, 6379, 6379),
    (SECONDS, "0.01", 0.01),
    (SECONDS, "1e3", 1000.0),
    (SECONDS, 3600, 3600.0),
    (SECONDS, " 5 ", 5.0),
    (CHOICE, "primary", "master"),
    (CHOICE, "Master ", "master"),
    (CHOICE, "REPLICA", "slave"),
    (LISTING, "a, b,a", ("A", "B", "A")),
    (LISTING, ["a", " b "], ("A", "B")),
    (LISTING, "", ()),
    (LISTING, " ", ()),
    (LISTING, [], ()),
    (limits(HIGH), "off", Limits(None, None)),
    (limits(HIGH), " OFF ", Limits(None, None)),
    (limits(HIGH), "0.5/0.3", Limits(0.5, 0.3)),
    (limits(HIGH), "0.5 / 0.5", Limits(0.5, 0.5)),
    (limits(HIGH), "0.5", Limits(0.5, 0.2)),
    (limits(HIGH), 1, Limits(1.0, 0.4)),
    (limits(HIGH), "0", Limits(0.0, 0.0)),
    (limits(LOW), "30", Limits(30.0, 45.0)),
    (limits(LOW), "30/31", Limits(30.0, 31.0)),
    (limits(OFF), "943718400", Limits(943718400.0, None)),
    (limits(OFF), "5/4", Limits(5.0, 4.0)),
    (limits(NO_LEAVE), "5", Limits(5.0, None)),
]

BAD: list[tuple[Kind[Any], object]] = [
    (text(), 5),
    (text(), "a\0b"),
    (switch(), "maybe"),
    (switch(), ""),
    (switch(), 1),
    (INTEGER, "0"),
    (INTEGER, "65536"),
    (INTEGER, "-1"),
    (INTEGER, "1.0"),
    (INTEGER, "1_0"),
    (INTEGER, "٣"),
    (INTEGER, "9" * 5000),
    (INTEGER, ""),
    (INTEGER, 80.0),
    (INTEGER, True),
    (INTEGER, 0),
    (SECONDS, "0"),
    (SECONDS, "3601"),
    (SECONDS, "nan"),
    (SECONDS, "inf"),
    (SECONDS, "5s"),
    (SECONDS, "1_0"),
    (SECONDS, "-1"),
    (SECONDS, True),
    (SECONDS, 10**400),
    (CHOICE, "boss"),
    (CHOICE, ""),
    (CHOICE, 1),
    (LISTING, "a,,b"),
    (LISTING, "a,"),
    (LISTING, ["a", ""]),
    (LISTING, ["a", 1]),
    (LISTING, 0),
    (LISTING, {}),
    (limits(HIGH), "0.1/0.2"),
    (limits(LOW), "14/13"),
    (limits(OFF), "5/6"),
    (limits(HIGH), "-1"),
    (limits(HIGH), "1/-1"),
    (limits(HIGH), "1/"),
    (limits(HIGH), "/1"),
    (limits(HIGH), "1/2/3"),
    (limits(HIGH), "nan"),
    (limits(HIGH), "1/inf"),
    (limits(HIGH), ""),
    (limits(HIGH), False),
]


@pytest.mark.parametrize(("kind", "raw", "value"), GOOD)
def test_what_fits_is_read(kind: Kind[Any], raw: object, value: object) -> None:
    parsed = kind.parse(raw)
    assert parsed == value
    assert type(parsed) is type(value)


@pytest.mark.parametrize(("kind", "raw", "value"), GOOD)
def test_what_is_shown_reads_as_the_same(kind: Kind[Any], raw: object, value: object) -> None:
    shown = kind.show(kind.parse(raw))
    assert shown == "" or kind.parse(shown) == value


@pytest.mark.parametrize(("kind", "raw"), BAD)
def test_what_does_not_fit_is_refused(kind: Kind[Any], raw: object) -> None:
    with pytest.raises(Invalid):
        kind.parse(raw)


@pytest.mark.parametrize(
    ("kind", "raw", "expected"),
    [
        (switch(), "x", "true or false"),
        (INTEGER, "x", "a whole number from 1 to 65535"),
        (SECONDS, "x", "a number of seconds from 0.01 to 3600"),
        (CHOICE, "x", "one of primary, replica, master"),
        (
            limits(HIGH),
            "x",
            "ENTER, ENTER/LEAVE or off, numbers of seconds that are not negative, "
            "with LEAVE at most ENTER",
        ),
        (
            limits(LOW),
            "x",
            "ENTER, ENTER/LEAVE or off, numbers of days that are not negative, "
            "with LEAVE at least ENTER",
        ),
    ],
)
def test_a_refusal_says_what_is_expected(kind: Kind[Any], raw: object, expected: str) -> None:
    with pytest.raises(Invalid) as refusal:
        kind.parse(raw)
    assert str(refusal.value) == expected


def test_a_choice_shows_the_first_of_two_words_for_one_value() -> None:
    assert CHOICE.show("master") == "primary"
    assert CHOICE.metavar == "primary|replica"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (Limits(943718400.0, None), "943718400"),
        (Limits(0.5, 0.25), "0.5/0.25"),
        (Limits(None, None), "off"),
    ],
)
def test_limits_are_shown_as_people_write_them(value: Limits, shown: str) -> None:
    assert limits(HIGH).show(value) == shown

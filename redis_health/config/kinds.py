"""The kinds of values that options take: text, switches, numbers, choices, lists, thresholds."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TypeVar

from redis_health.config.option import Invalid, Kind
from redis_health.model import Limits, Threshold

T = TypeVar("T")

_SWITCH = {
    **dict.fromkeys(("true", "yes", "on", "1"), True),
    **dict.fromkeys(("false", "no", "off", "0"), False),
}
_OFF = "off"


def number_text(value: float) -> str:
    """The number as people write it: ``5``, ``0.25``, ``943718400``."""
    return f"{value:.12g}"


def text(metavar: str = "TEXT") -> Kind[str | None]:
    """Any text, as it stands; empty text is None, so that it can undo what a lower source says."""

    def parse(raw: object) -> str | None:
        if not isinstance(raw, str) or "\0" in raw:
            raise Invalid("text")
        return raw or None

    return Kind(metavar=metavar, parse=parse, show=lambda value: value or "")


def switch() -> Kind[bool]:
    """A yes or no: true, yes, on and 1, or false, no, off and 0, in any case."""

    def parse(raw: object) -> bool:
        if isinstance(raw, bool):
            return raw
        value = _SWITCH.get(raw.strip().lower()) if isinstance(raw, str) else None
        if value is None:
            raise Invalid("true or false")
        return value

    return Kind(metavar="BOOL", parse=parse, show=lambda value: str(value).lower(), switch=True)


def whole(raw: object, low: int, high: int, expected: str) -> int:
    """A whole number between the bounds, both included, in ASCII digits."""
    if isinstance(raw, str):
        digits = raw.strip()
        # int() would take "1_000" and the digits of every script, and refuse very long numbers.
        plain = digits.isascii() and digits.isdecimal() and len(digits) <= len(str(high))
        raw = int(digits) if plain else None
    if not isinstance(raw, int) or isinstance(raw, bool) or not low <= raw <= high:
        raise Invalid(expected)
    return raw


def integer(low: int, high: int, metavar: str = "NUMBER") -> Kind[int]:
    """A whole number between the bounds, both included."""
    expected = f"a whole number from {low} to {high}"
    return Kind(metavar=metavar, parse=lambda raw: whole(raw, low, high, expected), show=str)


def _finite(raw: object, expected: str) -> float:
    if isinstance(raw, str) and "_" not in raw:
        try:
            raw = float(raw)
        except ValueError:
            raw = None
    if not isinstance(raw, int | float) or isinstance(raw, bool):
        raise Invalid(expected)
    try:
        value = float(raw)
    except OverflowError:
        value = math.inf
    if not math.isfinite(value):
        raise Invalid(expected)
    return value


def seconds(low: float, high: float) -> Kind[float]:
    """A number of seconds between the bounds, both included."""
    expected = f"a number of seconds from {number_text(low)} to {number_text(high)}"

    def parse(raw: object) -> float:
        value = _finite(raw, expected)
        if not low <= value <= high:
            raise Invalid(expected)
        return value

    return Kind(metavar="SECONDS", parse=parse, show=number_text)


def choice(words: dict[str, T]) -> Kind[T]:
    """One of the words, in any case; of two words for one value the first is shown."""
    expected = "one of " + ", ".join(words)
    shown = {value: word for word, value in reversed(words.items())}

    def parse(raw: object) -> T:
        word = raw.strip().lower() if isinstance(raw, str) else ""
        if word not in words:
            raise Invalid(expected)
        return words[word]

    metavar = "|".join(shown[value] for value in dict.fromkeys(words.values()))
    return Kind(metavar=metavar, parse=parse, show=lambda value: shown[value])


def listing(metavar: str, expected: str, item: Callable[[str], T]) -> Kind[tuple[T, ...]]:
    """Values with commas between them, or a TOML array of them; ``item`` reads one.

    What ``item`` returns must be shown by ``str`` as it is written.
    """

    def parse(raw: object) -> tuple[T, ...]:
        parts: object = raw
        if isinstance(raw, str):
            parts = raw.split(",") if raw.strip() else []
        if not isinstance(parts, list):
            raise Invalid(expected)
        found = []
        for part in parts:
            if not isinstance(part, str) or not part.strip():
                raise Invalid(expected)
            found.append(item(part.strip()))
        return tuple(found)

    return Kind(metavar=metavar, parse=parse, show=lambda found: ",".join(map(str, found)))


def limits(threshold: Threshold) -> Kind[Limits]:
    """``ENTER``, ``ENTER/LEAVE`` or ``off``, in the threshold's unit.

    ENTER alone keeps the proportion of the declared pair, where one is declared.
    """
    side = "at most" if threshold.above else "at least"
    expected = (
        f"ENTER, ENTER/LEAVE or {_OFF}, numbers of {threshold.unit} that are not negative, "
        f"with LEAVE {side} ENTER"
    )

    def parse(raw: object) -> Limits:
        if not isinstance(raw, str):
            return _limits(threshold, _finite(raw, expected), None, expected)
        if raw.strip().lower() == _OFF:
            return Limits(None, None)
        enter, separator, leave = raw.partition("/")
        return _limits(
            threshold,
            _finite(enter, expected),
            _finite(leave, expected) if separator else None,
            expected,
        )

    return Kind(metavar=f"ENTER[/LEAVE]|{_OFF}", parse=parse, show=_limits_text)


def _limits(threshold: Threshold, enter: float, leave: float | None, expected: str) -> Limits:
    if leave is None and threshold.enter and threshold.leave is not None:
        leave = float(number_text(enter * threshold.leave / threshold.enter))
    if enter < 0 or (leave is not None and leave < 0):
        raise Invalid(expected)
    if leave is not None and (leave > enter if threshold.above else leave < enter):
        raise Invalid(expected)
    return Limits(enter, leave)


def _limits_text(value: Limits) -> str:
    if value.enter is None:
        return _OFF
    enter = number_text(value.enter)
    return enter if value.leave is None else f"{enter}/{number_text(value.leave)}"

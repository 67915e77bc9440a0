"""Times, ages and foreign text, as the endpoints show them."""

from __future__ import annotations

from datetime import UTC, datetime

from redis_health.model import CheckView

_MINUTE = 60.0
_HOUR = 60 * _MINUTE
_DAY = 24 * _HOUR


def rfc3339(epoch: float) -> str:
    """Seconds since the epoch as RFC 3339 in UTC, with milliseconds and ``Z``."""
    return datetime.fromtimestamp(epoch, UTC).isoformat(timespec="milliseconds")[:-6] + "Z"


def age_seconds(view: CheckView, now: float) -> float | None:
    """Seconds since the check was last observed, by the clock that ``now`` comes from."""
    return None if view.observed is None else round(max(0.0, now - view.observed), 3)


def duration(seconds: float) -> str:
    """A length of time for people, in the one unit that tells most."""
    if seconds < 0.001:
        return f"{seconds * 1e6:.0f} µs"
    if seconds < 1:
        return f"{seconds * 1e3:.3g} ms"
    if seconds < 10:
        return f"{seconds:.1f} s"
    if seconds < 2 * _MINUTE:
        return f"{seconds:.0f} s"
    if seconds < 2 * _HOUR:
        return f"{seconds / _MINUTE:.0f} min"
    if seconds < 2 * _DAY:
        return f"{seconds / _HOUR:.0f} h"
    return f"{seconds / _DAY:.0f} d"


def one_line(text: str) -> str:
    """The text without what could end its line or steer a terminal."""
    if text.isprintable():
        return text
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())

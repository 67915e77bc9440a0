"""Moments in the words of messages."""

from __future__ import annotations

import time

_TIME = "%H:%M:%S UTC"


def moment(epoch: float, *, now: float) -> str:
    """A moment for people: ``19:42:03 UTC`` when it is of today, else with its date before it.

    Both are seconds since the epoch. A number that no calendar has, such as a server may report, is
    shown as it is.
    """
    try:
        then, today = time.gmtime(epoch), time.gmtime(now)
    except (OverflowError, ValueError, OSError):
        return f"{epoch:g} s since 1970"
    if (then.tm_year, then.tm_yday) == (today.tm_year, today.tm_yday):
        return time.strftime(_TIME, then)
    return time.strftime(f"%Y-%m-%d {_TIME}", then)

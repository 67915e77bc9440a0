"""Time, as something that tests can hand in."""

from __future__ import annotations

import time
from typing import Protocol

#: Goes on while the machine is suspended, where there is such a clock (Linux has it).
_CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


def _lead() -> float:
    return time.clock_gettime(_CLOCK) - time.monotonic()


#: Seconds by which it is ahead of ``time.monotonic``, as the process begins. The largest of a few
#: looks: an interruption between the two readings makes it smaller.
_LEAD = max(_lead() for _ in range(5))


class Clock(Protocol):
    """Both of the clocks that the service reads."""

    def now(self) -> float:
        """Monotonic seconds, for ages and deadlines."""

    def wall(self) -> float:
        """Seconds since the epoch, for people."""


class SystemClock:
    """The clocks of this machine.

    ``now`` is ``time.monotonic`` and counts the seconds, too, for which the machine has been
    suspended since the process began: what was seen before is as old as that.
    """

    def now(self) -> float:
        """Monotonic seconds."""
        return time.clock_gettime(_CLOCK) - _LEAD

    def wall(self) -> float:
        """As ``time.time``."""
        return time.time()

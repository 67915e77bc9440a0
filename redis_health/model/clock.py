"""Time, as something that tests can hand in."""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    """Both of the clocks that the service reads."""

    def now(self) -> float:
        """Monotonic seconds, for ages and deadlines."""

    def wall(self) -> float:
        """Seconds since the epoch, for people."""


class SystemClock:
    """The clocks of this machine; ``now`` is the event loop's own."""

    def now(self) -> float:
        """As ``time.monotonic``."""
        return time.monotonic()

    def wall(self) -> float:
        """As ``time.time``."""
        return time.time()

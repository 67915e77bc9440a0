"""Watches our own event loop, so that its stalls are not blamed on Redis."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

#: Seconds between beats, and the lateness of a beat that is called a stall.
PERIOD = 0.25
_STALL = 0.05
#: Seconds of standing still that are worth a word to people.
NOTEWORTHY = 1.0
_KEPT = 32


class LoopWatch:
    """A heartbeat on the event loop; all times are the loop's, in seconds."""

    def __init__(self, on_stall: Callable[[float, float], None] = lambda _end, _s: None) -> None:
        self._on_stall = on_stall
        self._stalls: deque[tuple[float, float]] = deque(maxlen=_KEPT)
        self._due: float | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._worst = 0.0

    def start(self) -> None:
        """Begins to beat."""
        self._schedule()

    def stop(self) -> None:
        """Beats no more."""
        if self._timer is not None:
            self._timer.cancel()
        self._due = None

    def stalled_since(self, moment: float) -> float:
        """Seconds for which the loop has stood still since ``moment``.

        A beat that is overdue counts: after a stall a late answer may be handled before the beat.
        """
        now = asyncio.get_running_loop().time()
        stalls = list(self._stalls)
        if self._due is not None and now - self._due > _STALL:
            stalls.append((self._due, now))
        return sum(max(0.0, end - max(begin, moment)) for begin, end in stalls)

    def worst_lag(self) -> float:
        """The latest beat since the last call, in seconds of lateness."""
        worst, self._worst = self._worst, 0.0
        return worst

    def _schedule(self) -> None:
        loop = asyncio.get_running_loop()
        self._due = loop.time() + PERIOD
        self._timer = loop.call_at(self._due, self._beat)

    def _beat(self) -> None:
        now = asyncio.get_running_loop().time()
        due = self._due if self._due is not None else now
        late = now - due
        self._worst = max(self._worst, late)
        if late > _STALL:
            self._stalls.append((due, now))
        self._schedule()
        if late > NOTEWORTHY:
            self._on_stall(now, late)

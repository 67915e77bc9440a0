"""Watches our own event loop, so that its stalls are not blamed on Redis."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

import structlog

#: Seconds between beats, and the lateness of a beat that is called a stall.
PERIOD = 0.25
_STALL = 0.05
#: Seconds of standing still that are worth a word to people.
NOTEWORTHY = 1.0
#: Seconds for which the latest beat is remembered.
WINDOW = 60.0
_KEPT = 32

#: Hears of a stall: the moment of its end, and its seconds.
OnStall = Callable[[float, float], None]

_log = structlog.get_logger(__name__)


class LoopWatch:
    """The heartbeat of one event loop; all times are the loop's, in seconds.

    One serves all monitors of a process, and beats while any of them listens. ``beats`` counts.
    """

    def __init__(self) -> None:
        self.beats = 0
        self._listeners: dict[OnStall, None] = {}
        self._stalls: deque[tuple[float, float]] = deque(maxlen=_KEPT)
        # The beats of the window that no later one has exceeded: (moment, lateness), falling.
        self._late: deque[tuple[float, float]] = deque()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._due: float | None = None
        self._timer: asyncio.TimerHandle | None = None

    def subscribe(self, listener: OnStall) -> None:
        """Adds one who hears of the stalls that are worth a word."""
        self._listeners[listener] = None
        if self._due is None:
            self._loop = asyncio.get_running_loop()
            self._schedule(self._loop)

    def unsubscribe(self, listener: OnStall) -> None:
        """Tells this one no more; without any listener the heart stops."""
        self._listeners.pop(listener, None)
        if not self._listeners:
            if self._timer is not None:
                self._timer.cancel()
            self._due = None

    def stalled_since(self, moment: float) -> float:
        """Seconds for which the loop has stood still since ``moment``.

        A beat that is overdue counts: after a stall a late answer may be handled before the beat.
        """
        stalls, overdue = list(self._stalls), self._overdue()
        if self._due is not None and overdue > _STALL:
            stalls.append((self._due, self._due + overdue))
        return sum(max(0.0, end - max(begin, moment)) for begin, end in stalls)

    def worst_lag(self) -> float:
        """The lateness in seconds of the latest beat of the last ``WINDOW`` seconds."""
        oldest = self._now() - WINDOW
        worst = next((late for at, late in self._late if at >= oldest), 0.0)
        return max(worst, self._overdue())

    def catch_up(self) -> None:
        """Beats at once if the loop has stood still for long and the beat has not been its turn.

        After a stall a request may be handled before any timer: it is to hear of the stall.
        """
        if self._overdue() > NOTEWORTHY and self._timer is not None:
            self._timer.cancel()
            self._beat()

    def _now(self) -> float:
        return self._loop.time() if self._loop is not None else 0.0

    def _overdue(self) -> float:
        return max(0.0, self._now() - self._due) if self._due is not None else 0.0

    def _schedule(self, loop: asyncio.AbstractEventLoop) -> None:
        self._due = loop.time() + PERIOD
        self._timer = loop.call_at(self._due, self._beat)

    def _beat(self) -> None:
        assert self._loop is not None
        late = self._overdue()
        now = self._now()
        self.beats += 1
        self._remember(now, late)
        if late > _STALL:
            self._stalls.append((now - late, now))
        self._schedule(self._loop)
        if late > NOTEWORTHY:
            _log.warning("event loop stalled", seconds=round(late, 2))
            for listener in tuple(self._listeners):
                listener(now, late)

    def _remember(self, now: float, late: float) -> None:
        while self._late and self._late[-1][1] <= late:
            self._late.pop()
        self._late.append((now, late))
        while self._late[0][0] < now - WINDOW:
            self._late.popleft()

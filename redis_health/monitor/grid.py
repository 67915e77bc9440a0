"""When rounds are due: probes of one interval share their moments, and so one INFO."""

from __future__ import annotations

import math
import random

#: The part of an interval by which a round may come early, so that fleets do not beat in step.
JITTER = 0.1


class Grid:
    """The moments of all intervals, on a monotonic clock from ``base`` on.

    Jitter only ever shortens: no two rounds are further apart than the interval promises.
    """

    def __init__(self, base: float, *, seed: int | None = None) -> None:
        self._base = base
        self._seed = random.randrange(2**32) if seed is None else seed  # noqa: S311

    def next_after(self, now: float, interval: float) -> float:
        """The first moment of ``interval`` after ``now``."""
        step = interval * (1 - JITTER / 2)
        turn = math.floor((now - self._base) / step)
        while (moment := self._moment(turn, step, interval)) <= now:
            turn += 1
        return moment

    def _moment(self, turn: int, step: float, interval: float) -> float:
        early = random.Random(f"{self._seed}/{interval}/{turn}").random()  # noqa: S311
        return self._base + turn * step - early * interval * JITTER / 2

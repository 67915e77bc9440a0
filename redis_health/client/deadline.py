"""One deadline for everything that a round does on the network."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from redis_health.errors import OwnFault, RedisFault
from redis_health.replies import Phase, failure_of_silence

#: A timer that fires this many seconds late tells of our own event loop, not of Redis.
LATE = 0.25


@dataclass(slots=True)
class Progress:
    """How far an exchange has come, so that a passed deadline can name the phase.

    Those who wait for their turn share that of the exchange that they wait for.
    """

    phase: Phase = Phase.REPLY


@dataclass(frozen=True, slots=True)
class Deadline:
    """A moment on the event loop's clock, and the seconds that led up to it."""

    at: float
    seconds: float

    @classmethod
    def within(cls, seconds: float) -> Deadline:
        """The deadline that passes in ``seconds`` from now."""
        return cls(asyncio.get_running_loop().time() + seconds, seconds)

    @asynccontextmanager
    async def guard(self, progress: Progress, where: str) -> AsyncIterator[None]:
        """Bounds its body.

        Raises:
            RedisFault: nothing came in time; the failure names the phase in ``progress``.
            OwnFault: our own loop stood still, so the time that passed proves nothing.
        """
        try:
            async with asyncio.timeout_at(self.at):
                yield
        except TimeoutError as error:
            late = asyncio.get_running_loop().time() - self.at
            if late > LATE:
                raise OwnFault(f"the event loop stalled for {late:.1f} s") from error
            raise RedisFault(
                failure_of_silence(progress.phase, where=where, seconds=self.seconds)
            ) from error

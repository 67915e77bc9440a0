"""What one round of one probe may ask: the session, under the round's one deadline."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from redis_health.client.deadline import Deadline
from redis_health.client.session import Session
from redis_health.model import (
    Access,
    Argument,
    Dial,
    InfoReply,
    Knock,
    ProbeOptions,
    Reply,
    WatcherReader,
)


class RoundReader:
    """The Reader of one round; ``observed`` is the oldest moment that its answers speak of.

    ``stalled_since`` tells how many seconds our own loop has stood still since a moment: they are
    taken off a round trip, since Redis is not to blame for them.
    """

    def __init__(
        self,
        session: Session,
        *,
        timeout: float,
        last: Mapping[str, object],
        options: ProbeOptions,
        stalled_since: Callable[[float], float] = lambda _moment: 0.0,
    ) -> None:
        self._session = session
        self._deadline = Deadline.within(timeout)
        self._last = last
        self._options = options
        self._stalled_since = stalled_since
        self.observed: float | None = None

    @property
    def last(self) -> Mapping[str, object]:
        """The facts of this probe's last success."""
        return self._last

    @property
    def options(self) -> ProbeOptions:
        """What the operator expects of this Redis."""
        return self._options

    @property
    def access(self) -> Access:
        """As whom we come to this Redis."""
        return self._session.access

    @property
    def watchers(self) -> WatcherReader | None:
        """The Sentinels that watch over this Redis, None where there are none."""
        return self._session.watchers(self._deadline)

    def now(self) -> float:
        """Monotonic seconds, by the event loop's clock."""
        return asyncio.get_running_loop().time()

    def wall(self) -> float:
        """Seconds since the epoch."""
        return time.time()

    async def command(self, *arguments: str | int) -> Reply:
        """One round trip on the kept connection."""
        reply, _ = await self._session.command(arguments, self._deadline)
        return reply

    async def optional(self, *arguments: str | int) -> Reply:
        """As ``command``, Unavailable where Redis refuses."""
        return await self._session.optional(arguments, self._deadline)

    async def several(self, *commands: Sequence[str | int]) -> list[Reply]:
        """One round trip for several commands, ErrorReply for errors."""
        return await self._session.several(commands, self._deadline)

    async def timed(self, *arguments: str | int) -> tuple[Reply, float]:
        """As ``command``, with the seconds of the round trip."""
        reply, seconds = await self._session.command(arguments, self._deadline)
        return reply, max(0.0, seconds - self._stalled_since(self.now() - seconds))

    async def info(self, *, max_age: float | None = None) -> InfoReply:
        """INFO, shared by the probes of a round; one of another round dates nothing."""
        if max_age is not None:
            return await self._session.info(self._deadline, max_age=max_age)
        info = await self._session.info(self._deadline)
        self.observed = info.observed if self.observed is None else self.observed
        return info

    async def config(self, *, max_age: float = 60.0) -> Mapping[str, str]:
        """The CONFIG parameters that the probes read."""
        return await self._session.config(self._deadline, max_age=max_age)

    async def dial(self) -> Dial:
        """A fresh connection that logs in, with the seconds that our own loop stood still."""
        begun = self.now()
        dial = await self._session.dial(self._deadline)
        return replace(dial, stalled=self._stalled_since(begun))

    async def knock(self) -> Knock:
        """A fresh connection that does not log in."""
        return await self._session.knock(self._deadline)

    async def on_fresh_connection(self, *commands: Sequence[str | int]) -> list[Reply]:
        """The commands on a connection of their own."""
        return await self._session.on_fresh_connection(commands, self._deadline)

    async def on_database(self, database: int, *commands: Sequence[Argument]) -> list[Reply]:
        """The commands in a database, on the connection that is kept for these."""
        return await self._session.on_database(database, commands, self._deadline)

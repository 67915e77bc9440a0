"""The kept connection: opened when first needed, shared in turns, replaced when it breaks."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from redis_health.client.connection import Connection
from redis_health.client.deadline import Deadline, Progress
from redis_health.client.dialer import Dialer
from redis_health.errors import RedisFault
from redis_health.model import Argument, Failure, Reply
from redis_health.replies import NotResp, Phase, failure_of_exception


class Lane:
    """One connection for all probes of a target; ``lost`` is called when the server closes it.

    ``reconnects`` counts the connections that broke between two questions and were replaced
    without anybody noticing; ``reconnected_at`` is the loop's time of the last of them.
    """

    def __init__(
        self, dialer: Dialer, *, where: str, name: str, lost: Callable[[], None] = lambda: None
    ) -> None:
        self._dialer = dialer
        self._where = where
        self._name = name
        self._lost = lost
        self._turn = asyncio.Lock()
        self._connection: Connection | None = None
        self.reconnects = 0
        self.reconnected_at: float | None = None

    async def ask(
        self, commands: Sequence[Sequence[Argument]], deadline: Deadline
    ) -> tuple[list[Reply], float]:
        """The replies to the commands (ErrorReply for errors), and the seconds of the round trip.

        A connection that broke since the last question is replaced once, silently: that the server
        closed an idle connection is no failure. The wait for one's turn counts against the deadline
        and not into the seconds.

        Raises:
            RedisFault: Redis, or the way to it, failed.
            OwnFault: this process failed.
        """
        progress = Progress(Phase.REPLY)
        try:
            async with deadline.guard(progress, self._where), self._turn:
                return await self._ask(commands, deadline, progress)
        except RedisFault as fault:
            better = await self._dialer.explained(fault, progress.phase)
            if better is fault:
                raise
            raise better from fault

    async def _ask(
        self, commands: Sequence[Sequence[Argument]], deadline: Deadline, progress: Progress
    ) -> tuple[list[Reply], float]:
        kept = self._connection
        if kept is not None:
            try:
                return await self._exchange(kept, commands)
            except NotResp as error:
                raise RedisFault(self._failure(error)) from error
            except OSError:
                self.reconnects += 1
                self.reconnected_at = asyncio.get_running_loop().time()
        opened = await self._dialer.connect(deadline, progress, name=self._name, lost=self._lost)
        self._connection = opened.connection
        progress.phase = Phase.REPLY
        try:
            return await self._exchange(opened.connection, commands)
        except (OSError, NotResp) as error:
            raise RedisFault(self._failure(error)) from error

    async def _exchange(
        self, connection: Connection, commands: Sequence[Sequence[Argument]]
    ) -> tuple[list[Reply], float]:
        clock = asyncio.get_running_loop().time
        started = clock()
        try:
            replies = await connection.ask(commands)
        except BaseException:
            # Also when cancelled: a reply that comes later belongs to nobody.
            self.close()
            raise
        return replies, clock() - started

    def _failure(self, error: Exception) -> Failure:
        return failure_of_exception(error, where=self._where, phase=Phase.REPLY)

    def close(self) -> None:
        """Drops the connection; the next question opens another."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.abort()

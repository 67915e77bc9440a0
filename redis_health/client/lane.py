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

#: Seconds before its deadline in which a question is not begun any more.
_TOO_LITTLE = 0.05


class Lane:
    """One connection for all probes of a target; ``lost`` is called when the server closes it.

    ``reconnects`` counts the connections that broke between two questions and were replaced
    without anybody noticing. ``progress`` is how far the question has come whose turn it is.
    """

    def __init__(
        self,
        dialer: Dialer,
        *,
        where: str,
        name: str | None,
        lost: Callable[[], None] = lambda: None,
    ) -> None:
        self._dialer = dialer
        self._where = where
        self._name = name
        self._lost = lost
        self._turn = asyncio.Lock()
        self._connection: Connection | None = None
        self._hung = False
        self.reconnects = 0
        self.progress = Progress()

    @property
    def peer(self) -> str | None:
        """The IP address of the server's end; None on a unix socket, and without a connection."""
        return self._connection.peer() if self._connection is not None else None

    async def ask(
        self, commands: Sequence[Sequence[Argument]], deadline: Deadline
    ) -> tuple[list[Reply], float]:
        """The replies to the commands (ErrorReply for errors), and the seconds of the round trip.

        A connection that broke since the last question is replaced once, silently: that the server
        closed an idle connection is no failure. The wait for one's turn counts against the deadline
        and not into the seconds; who waits in vain is told in which phase the others hang.

        Raises:
            RedisFault: Redis, or the way to it, failed.
            OwnFault: this process failed.
        """
        try:
            async with deadline.guard(self.progress, self._where), self._turn:
                return await self._in_turn(commands, deadline)
        except RedisFault as fault:
            better = await self._dialer.explained(fault, self.progress.phase)
            if better is fault:
                raise
            raise better from fault

    async def _in_turn(
        self, commands: Sequence[Sequence[Argument]], deadline: Deadline
    ) -> tuple[list[Reply], float]:
        if self._hung and deadline.at - asyncio.get_running_loop().time() < _TOO_LITTLE:
            # The one before has spent our time: let the deadline pass in the phase where it hung.
            await asyncio.get_running_loop().create_future()
        try:
            answered = await self._ask(commands, deadline)
        except asyncio.CancelledError:
            self._hung = True
            raise
        except BaseException:
            self._hung = False
            raise
        self._hung = False
        return answered

    async def _ask(
        self, commands: Sequence[Sequence[Argument]], deadline: Deadline
    ) -> tuple[list[Reply], float]:
        kept, progress = self._connection, self.progress
        progress.phase = Phase.REPLY
        if kept is not None:
            try:
                return await self._exchange(kept, commands)
            except NotResp as error:
                raise RedisFault(self._failure(error)) from error
            except OSError:
                self.reconnects += 1
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

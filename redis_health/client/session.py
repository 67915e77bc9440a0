"""What the probes of one target share: the lanes, one INFO a round, CONFIG, and what is refused."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from redis_health.client.connection import Connection
from redis_health.client.databases import Databases
from redis_health.client.deadline import Deadline
from redis_health.client.dialer import Dialer
from redis_health.client.lane import Lane
from redis_health.client.namesakes import Namesakes, run_id_of
from redis_health.client.parameters import parameters_of, questions
from redis_health.client.pipelined import ask_allowed
from redis_health.client.refusals import NEEDED, OPTIONAL, REFUSED, Refusals
from redis_health.client.stranger import Stranger
from redis_health.errors import RedisFault, Unavailable
from redis_health.info import parse_info
from redis_health.model import (
    Access,
    Argument,
    Dial,
    ErrorReply,
    InfoReply,
    Knock,
    Reply,
    Target,
    WatcherReader,
    Watchers,
)
from redis_health.replies import NotResp, failure_of_nonsense, failure_of_reply, is_pong

if TYPE_CHECKING:
    from redis_health.client.watching import Watching

#: Seconds for which INFO, or its failure, serves the other probes of the same round.
SHARED_FOR = 0.5
_INFO = ("INFO", "everything")


class Session:
    """The conversation with one target."""

    def __init__(
        self,
        target: Target,
        *,
        info_timeout: float,
        lost: Callable[[], None] = lambda: None,
        watchers: Watchers | None = None,
    ) -> None:
        self.target = target
        self._dialer = Dialer(target)
        self._stranger = Stranger(target)
        self.lane = Lane(self._dialer, where=target.address, name="redis-health", lost=lost)
        self._databases = Databases(
            Lane(self._dialer, where=target.address, name="redis-health-keys"),
            user=target.user,
            where=target.address,
        )
        self._refusals = Refusals()
        self._namesakes = Namesakes()
        self._info_timeout = info_timeout
        self._info: asyncio.Task[InfoReply] | None = None
        self._info_ended = float("-inf")
        self._config: tuple[float, Mapping[str, str]] | None = None
        self._config_turn = asyncio.Lock()
        self._run_id: str | None = None
        self._watch = None if watchers is None else _watch(watchers, target)

    async def ask(
        self, commands: Sequence[Sequence[str | int]], deadline: Deadline
    ) -> tuple[list[Reply], float]:
        """One round trip on the kept connection: the replies, and its seconds."""
        return await self.lane.ask(commands, deadline)

    async def command(
        self, arguments: Sequence[str | int], deadline: Deadline, *, patience: float = NEEDED
    ) -> tuple[Reply, float]:
        """One command on the kept connection, and the seconds of the round trip.

        Raises:
            RedisFault: it failed; a refusal for lack of rights is remembered for ``patience``
                seconds, so that the server's error counters and ACL LOG do not fill.
        """
        self._raise_remembered(arguments)
        (reply,), seconds = await self.ask([arguments], deadline)
        if isinstance(reply, ErrorReply):
            raise self._learnt(reply, arguments, patience)
        if arguments[0] == "PING" and not is_pong(reply):
            raise self._nonsense(reply, "PING")
        return reply, seconds

    async def optional(self, arguments: Sequence[str | int], deadline: Deadline) -> Reply:
        """As ``command``, but a refusal is raised as Unavailable and remembered for long."""
        try:
            reply, _ = await self.command(arguments, deadline, patience=OPTIONAL)
        except RedisFault as fault:
            if fault.failure.condition in REFUSED:
                raise Unavailable(str(arguments[0]), fault.failure.message) from fault
            raise
        return reply

    async def several(
        self, commands: Sequence[Sequence[str | int]], deadline: Deadline
    ) -> list[Reply]:
        """One round trip for several commands: an error is an ErrorReply in its place.

        What is refused for lack of rights is remembered for long, and answered from memory.
        """
        return await ask_allowed(
            self.lane,
            commands,
            deadline,
            refusals=self._refusals,
            user=self.target.user,
            where=self.target.address,
        )

    async def info(self, deadline: Deadline, *, max_age: float = 0.0) -> InfoReply:
        """INFO with all sections: one request serves all of a round, or for ``max_age`` seconds.

        Raises:
            RedisFault: it failed, or the deadline passed: in the phase where the lane hangs.
        """
        task = self._info
        if task is None or (
            task.done() and self._now() - self._info_ended > max(SHARED_FOR, max_age)
        ):
            task = self._info = asyncio.create_task(self._fetch_info(), name="info")
            task.add_done_callback(_retrieve)
        async with deadline.guard(self.lane.progress, self.target.address):
            return await asyncio.shield(task)

    async def _fetch_info(self) -> InfoReply:
        # A failure serves those who wait for it, and nobody who comes later.
        self._info_ended = float("-inf")
        deadline = Deadline.within(self._info_timeout)
        reply, seconds = await self.command(_INFO, deadline)
        if reply == b"":
            # A Sentinel before Redis 7 does not know that word.
            reply, seconds = await self.command(("INFO", "all"), deadline)
        text = reply if isinstance(reply, bytes) else b""
        info = parse_info(text, observed=self._now(), seconds=seconds)
        if not info.fields:
            raise self._nonsense(reply, "INFO")
        self._info_ended = info.observed
        self._noted(info.fields.get("run_id"))
        return info

    def _noted(self, run_id: str | None) -> None:
        if self._run_id not in {None, run_id}:
            # Another process has other rights and other parameters.
            self._refusals.forget()
            self._databases.forget()
            self._config = None
        self._run_id = run_id

    async def config(self, deadline: Deadline, *, max_age: float) -> Mapping[str, str]:
        """The CONFIG parameters that probes read, at most ``max_age`` seconds old.

        Raises:
            Unavailable: CONFIG is refused or does not exist here.
        """
        async with deadline.guard(self.lane.progress, self.target.address), self._config_turn:
            if self._config is not None and self._now() - self._config[0] <= max_age:
                return self._config[1]
            parameters = await self._fetch_config(deadline)
            self._config = (self._now(), parameters)
            return parameters

    async def _fetch_config(self, deadline: Deadline) -> Mapping[str, str]:
        fields = (await self.info(deadline)).fields
        # Valkey 9 calls the field server_mode.
        if "sentinel" in (fields.get("redis_mode"), fields.get("server_mode")):
            raise Unavailable("CONFIG", "a Sentinel has no CONFIG")
        # The first shows whether we may; what follows is one round trip.
        first, *others = questions(fields)
        replies = [await self.optional(first, deadline)]
        if others:
            replies += (await self.ask(others, deadline))[0]
        return parameters_of(replies)

    @property
    def access(self) -> Access:
        """As whom we come."""
        target = self.target
        return Access(
            user=target.username,
            password=target.password is not None or target.password_file is not None,
            certificate=target.tls is not None and target.tls.cert_file is not None,
        )

    async def knock(self, deadline: Deadline) -> Knock:
        """A fresh connection that does not log in: whether it is served."""
        return await self._stranger.knock(deadline)

    async def dial(self, deadline: Deadline) -> Dial:
        """A fresh connection that logs in and is closed again: what it took.

        Raises:
            RedisFault: as when asking; also when our user may not SELECT the configured database.
            OwnFault: this process failed.
        """
        # What is remembered when we begin need not be any more when we are through.
        refused = self._dialer.no_database()
        opened = await self._dialer.open(deadline, name="redis-health-dial")
        try:
            await self._follow(opened.connection, deadline)
        finally:
            opened.connection.abort()
        refused = self._dialer.no_database() or refused
        if refused is not None:
            raise RedisFault(refused)
        return opened.dial

    async def _follow(self, connection: Connection, deadline: Deadline) -> None:
        """Leaves the kept connection where new ones reach another server; clients do so too."""
        kept, now = self._run_id, self._now()
        if kept is None or not self._namesakes.due(now) or self._refusals.failure(_INFO, now):
            return
        with contextlib.suppress(OSError, NotResp, TimeoutError):
            async with asyncio.timeout_at(deadline.at):
                met = await run_id_of(connection)
            if met is not None and self._namesakes.moved(met, kept=kept, now=now):
                self.lane.close()
                self._info_ended = float("-inf")

    async def on_fresh_connection(
        self, commands: Sequence[Sequence[str | int]], deadline: Deadline
    ) -> list[Reply]:
        """The commands on a connection of their own, so that one that hangs hangs alone."""
        for arguments in commands:
            self._raise_remembered(arguments)
        refused = self._dialer.no_database()
        if refused is not None:
            # What is written there would be written into another database.
            raise RedisFault(refused)
        lane = Lane(self._dialer, where=self.target.address, name="redis-health-write")
        try:
            replies, _ = await lane.ask(commands, deadline)
        finally:
            lane.close()
        for reply, arguments in zip(replies, commands, strict=True):
            if isinstance(reply, ErrorReply):
                raise self._learnt(reply, arguments, NEEDED)
        return replies

    async def on_database(
        self, database: int, commands: Sequence[Sequence[Argument]], deadline: Deadline
    ) -> list[Reply]:
        """One round trip about the keys of a database, on a connection that is kept for these."""
        return await self._databases.ask(database, commands, deadline)

    def watchers(self, deadline: Deadline) -> WatcherReader | None:
        """What may be asked of the Sentinels within the deadline; None where there are none."""
        return None if self._watch is None else self._watch.within(deadline)

    def close(self) -> None:
        """Ends the conversation."""
        if self._info is not None:
            self._info.cancel()
        self.lane.close()
        self._databases.close()
        if self._watch is not None:
            self._watch.close()

    def _raise_remembered(self, arguments: Sequence[str | int]) -> None:
        remembered = self._refusals.failure(arguments, self._now())
        if remembered is not None:
            raise RedisFault(remembered)

    def _nonsense(self, reply: Reply, command: str) -> RedisFault:
        # It may be the answer to another question: no reply that follows can be trusted.
        self.lane.close()
        return RedisFault(failure_of_nonsense(reply, command=command, where=self.target.address))

    def _learnt(
        self, reply: ErrorReply, arguments: Sequence[str | int], patience: float
    ) -> RedisFault:
        failure = failure_of_reply(
            reply.text,
            user=self.target.user,
            command=str(arguments[0]),
            where=self.target.address,
        )
        if failure.condition in REFUSED:
            self._refusals.learn(arguments, failure, now=self._now(), seconds=patience)
        return RedisFault(failure)

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()


def _watch(watchers: Watchers, target: Target) -> Watching:
    # Most services have no Sentinels to ask.
    from redis_health.client.watching import Watching  # noqa: PLC0415

    return Watching(watchers, target)


def _retrieve(task: asyncio.Task[InfoReply]) -> None:
    # All who waited may have given up at their own deadline: then nobody asks for the error.
    if not task.cancelled():
        task.exception()

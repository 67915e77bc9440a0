"""What the probes of one target share: the lanes, one INFO a round, CONFIG, and what is refused."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence

from redis_health.client.databases import Databases
from redis_health.client.deadline import Deadline, Progress
from redis_health.client.dialer import Dialer
from redis_health.client.lane import Lane
from redis_health.client.refusals import NEEDED, OPTIONAL, Refusals
from redis_health.errors import RedisFault, Unavailable
from redis_health.info import parse_info
from redis_health.model import Argument, Dial, ErrorReply, InfoReply, Reply, Target
from redis_health.replies import conditions, failure_of_nonsense, failure_of_reply

#: Seconds for which INFO, or its failure, serves the other probes of the same round.
SHARED_FOR = 0.5
#: The parameters that the probes read; anything else in CONFIG is none of our business.
PARAMETERS = (
    "save",
    "databases",
    "maxclients",
    "min-replicas-to-write",
    "min-replicas-max-lag",
    "replica-serve-stale-data",
    "stop-writes-on-bgsave-error",
    "slowlog-log-slower-than",
    "slowlog-max-len",
    "latency-tracking",
    "latency-monitor-threshold",
    "appendonly",
    "io-threads",
    "client-output-buffer-limit",
    "commandlog-*",
)
_MULTI_ARGUMENT_CONFIG = 7
_REFUSED = frozenset({conditions.NOPERM, conditions.COMMAND_UNKNOWN})


class Session:
    """The conversation with one target."""

    def __init__(
        self, target: Target, *, info_timeout: float, lost: Callable[[], None] = lambda: None
    ) -> None:
        self.target = target
        self._dialer = Dialer(target)
        self.lane = Lane(self._dialer, where=target.address, name="redis-health", lost=lost)
        self._databases = Databases(
            Lane(self._dialer, where=target.address, name="redis-health-keys"),
            user=target.user,
            where=target.address,
        )
        self._refusals = Refusals()
        self._info_timeout = info_timeout
        self._info: asyncio.Task[InfoReply] | None = None
        self._info_ended = float("-inf")
        self._config: tuple[float, Mapping[str, str]] | None = None
        self._config_turn = asyncio.Lock()
        self._run_id: str | None = None

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
        return reply, seconds

    async def optional(self, arguments: Sequence[str | int], deadline: Deadline) -> Reply:
        """As ``command``, but a refusal is raised as Unavailable and remembered for long."""
        try:
            reply, _ = await self.command(arguments, deadline, patience=OPTIONAL)
        except RedisFault as fault:
            if fault.failure.condition in _REFUSED:
                raise Unavailable(str(arguments[0]), fault.failure.message) from fault
            raise
        return reply

    async def info(self, deadline: Deadline) -> InfoReply:
        """INFO with all sections: one request serves whoever asks within the same round."""
        task = self._info
        if task is None or (task.done() and self._now() - self._info_ended > SHARED_FOR):
            task = self._info = asyncio.create_task(self._fetch_info(), name="info")
            task.add_done_callback(_retrieve)
        async with deadline.guard(Progress(), self.target.address):
            return await asyncio.shield(task)

    async def _fetch_info(self) -> InfoReply:
        # A failure serves those who wait for it, and nobody who comes later.
        self._info_ended = float("-inf")
        deadline = Deadline.within(self._info_timeout)
        reply, seconds = await self.command(("INFO", "everything"), deadline)
        if reply == b"":
            # A Sentinel before Redis 7 does not know that word.
            reply, seconds = await self.command(("INFO", "all"), deadline)
        text = reply if isinstance(reply, bytes) else b""
        info = parse_info(text, observed=self._now(), seconds=seconds)
        if not info.fields:
            raise RedisFault(failure_of_nonsense(reply, command="INFO", where=self.target.address))
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
        async with deadline.guard(Progress(), self.target.address), self._config_turn:
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
        major = fields.get("redis_version", "").partition(".")[0]
        if major.isdecimal() and int(major) >= _MULTI_ARGUMENT_CONFIG:
            replies = [await self.optional(("CONFIG", "GET", *PARAMETERS), deadline)]
        else:
            replies = await self._config_one_by_one(deadline)
        parameters: dict[str, str] = {}
        for reply in replies:
            parameters.update(_pairs(reply))
        return parameters

    async def _config_one_by_one(self, deadline: Deadline) -> list[Reply]:
        first, *others = PARAMETERS
        replies = [await self.optional(("CONFIG", "GET", first), deadline)]
        rest, _ = await self.ask([("CONFIG", "GET", name) for name in others], deadline)
        return replies + rest

    async def dial(self, deadline: Deadline) -> Dial:
        """A fresh connection that logs in and is closed again: what it took."""
        opened = await self._dialer.open(deadline, name="redis-health-dial")
        opened.connection.abort()
        return opened.dial

    async def on_fresh_connection(
        self, commands: Sequence[Sequence[str | int]], deadline: Deadline
    ) -> list[Reply]:
        """The commands on a connection of their own, so that one that hangs hangs alone."""
        for arguments in commands:
            self._raise_remembered(arguments)
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

    def close(self) -> None:
        """Ends the conversation."""
        if self._info is not None:
            self._info.cancel()
        self.lane.close()
        self._databases.close()

    def _raise_remembered(self, arguments: Sequence[str | int]) -> None:
        remembered = self._refusals.failure(arguments, self._now())
        if remembered is not None:
            raise RedisFault(remembered)

    def _learnt(
        self, reply: ErrorReply, arguments: Sequence[str | int], patience: float
    ) -> RedisFault:
        failure = failure_of_reply(
            reply.text,
            user=self.target.user,
            command=str(arguments[0]),
            where=self.target.address,
        )
        if failure.condition in _REFUSED:
            self._refusals.learn(arguments, failure, now=self._now(), seconds=patience)
        return RedisFault(failure)

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()


def _pairs(reply: Reply) -> dict[str, str]:
    """CONFIG GET's reply: a flat list in RESP2, a mapping in RESP3."""
    if isinstance(reply, dict):
        items = list(reply.items())
    elif isinstance(reply, list):
        items = list(zip(reply[::2], reply[1::2], strict=False))
    else:
        items = []
    return {_text(name): _text(value) for name, value in items}


def _text(value: object) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _retrieve(task: asyncio.Task[InfoReply]) -> None:
    # All who waited may have given up at their own deadline: then nobody asks for the error.
    if not task.cancelled():
        task.exception()

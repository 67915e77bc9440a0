"""Readers for probes under test, and one round of a probe taken apart."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from redis_health.errors import RedisFault, Unavailable
from redis_health.info import parse_info
from redis_health.model import (
    Access,
    Argument,
    Condition,
    Dial,
    ErrorReply,
    Fact,
    Failure,
    Finding,
    Histogram,
    InfoReply,
    Item,
    Knock,
    Nature,
    Probe,
    ProbeOptions,
    Reading,
    Reply,
    Sample,
    Summary,
    WatcherReader,
)
from tests.resp import ReplyError
from tests.servers import RedisServer


@dataclass(frozen=True)
class Round:
    """What one round of a probe returned."""

    items: tuple[Item, ...]

    @property
    def facts(self) -> dict[str, object]:
        return {item.name: item.value for item in self.items if isinstance(item, Fact)}

    @property
    def findings(self) -> dict[str, Finding]:
        return {item.code: item for item in self.items if isinstance(item, Finding)}

    @property
    def readings(self) -> dict[str, Reading]:
        return {item.threshold.name: item for item in self.items if isinstance(item, Reading)}

    @property
    def samples(self) -> dict[tuple[str, ...], float | Histogram | Summary]:
        """Values by metric name and labels."""
        return {
            (item.metric.name, *item.labels): item.value
            for item in self.items
            if isinstance(item, Sample)
        }

    @property
    def codes(self) -> set[str]:
        return set(self.findings)


@dataclass
class Recorded:
    """A reader that answers from what a test hands it; None for ``parameters`` refuses CONFIG.

    ``replies`` maps the words of a command to its reply, an exception to raise, or the seconds of
    a timed command.
    """

    text: str = ""
    parameters: Mapping[str, str] | None = field(default_factory=dict)
    replies: Mapping[str, object] = field(default_factory=dict)
    dialled: Dial | None = None
    access: Access = field(default_factory=Access)
    met: Knock = Knock(served=True, peer="127.0.0.1")  # noqa: RUF009 - it is frozen
    seconds: float = 0.001
    last: Mapping[str, object] = field(default_factory=dict)
    options: ProbeOptions = field(default_factory=ProbeOptions)
    watchers: WatcherReader | None = None
    monotonic: float = 1000.0
    epoch: float = 1_800_000_000.0
    asked: list[str] = field(default_factory=list)

    def now(self) -> float:
        return self.monotonic

    def wall(self) -> float:
        return self.epoch

    async def command(self, *arguments: str | int) -> Reply:
        words = " ".join(str(argument) for argument in arguments)
        self.asked.append(words)
        reply = self.replies[words]
        if isinstance(reply, Exception):
            raise reply
        return reply

    async def optional(self, *arguments: str | int) -> Reply:
        return await self.command(*arguments)

    async def several(self, *commands: Sequence[str | int]) -> list[Reply]:
        return [await self._one_of_several(command) for command in commands]

    async def _one_of_several(self, command: Sequence[str | int]) -> Reply:
        try:
            return await self.command(*command)
        except Unavailable as refusal:
            return ErrorReply(refusal.refusal)
        except RedisFault as fault:
            if fault.failure.nature is not Nature.REPLY:
                raise
            return ErrorReply(fault.failure.message)

    async def timed(self, *arguments: str | int) -> tuple[Reply, float]:
        return await self.command(*arguments), self.seconds

    async def info(self, *, max_age: float | None = None) -> InfoReply:
        return parse_info(self.text, observed=self.monotonic, seconds=self.seconds)

    async def config(self, *, max_age: float = 60.0) -> Mapping[str, str]:
        self.asked.append(f"config {max_age:.0f}")
        if self.parameters is None:
            raise Unavailable("CONFIG", "NOPERM this user has no permissions")
        return self.parameters

    async def dial(self) -> Dial:
        assert self.dialled is not None
        return self.dialled

    async def knock(self) -> Knock:
        self.asked.append("knock")
        return self.met

    async def on_fresh_connection(self, *commands: Sequence[str | int]) -> list[Reply]:
        return [await self.command(*command) for command in commands]

    async def on_database(self, database: int, *commands: Sequence[Argument]) -> list[Reply]:
        return [
            await self.command(f"db{database}", *map(_written, command)) for command in commands
        ]


@dataclass
class Live(Recorded):
    """A reader that asks a real server, each time anew."""

    server: RedisServer | None = None
    user: tuple[str, str] | None = None

    def now(self) -> float:
        return time.monotonic()

    def wall(self) -> float:
        return time.time()

    async def command(self, *arguments: str | int) -> Reply:
        try:
            return self._call(*arguments)
        except ReplyError as error:
            condition = Condition(code=str(error).split(maxsplit=1)[0], summary="", advice="")
            raise RedisFault(Failure(condition, Nature.REPLY, str(error))) from None

    async def optional(self, *arguments: str | int) -> Reply:
        try:
            return self._call(*arguments)
        except ReplyError as error:
            raise Unavailable(str(arguments[0]), str(error)) from None

    async def timed(self, *arguments: str | int) -> tuple[Reply, float]:
        started = time.perf_counter()
        return await self.command(*arguments), time.perf_counter() - started

    async def info(self, *, max_age: float | None = None) -> InfoReply:
        started = time.perf_counter()
        text = await self.command("INFO", "everything")
        assert isinstance(text, str)
        seconds = time.perf_counter() - started
        return parse_info(text, observed=time.monotonic(), seconds=seconds)

    async def config(self, *, max_age: float = 60.0) -> Mapping[str, str]:
        reply = await self.optional("CONFIG", "GET", "*")
        assert isinstance(reply, list)
        return dict(zip(reply[::2], reply[1::2], strict=True))

    async def dial(self) -> Dial:
        assert self.server is not None
        started = time.perf_counter()
        self.server.connect().close()
        return Dial(0.0, time.perf_counter() - started, 0.0, 0.0)

    def _call(self, *arguments: str | int) -> Reply:
        assert self.server is not None
        user, password = self.user or (None, None)
        reply: Reply = self.server.call(*arguments, user=user, password=password)
        return reply


async def ask(probe: Probe, reader: Recorded) -> Round:
    """One round of a probe; its facts are what the reader remembers of it next time."""
    items: Iterable[Item] = await probe.collect(reader)
    result = Round(tuple(items))
    reader.last = result.facts
    return result


def _written(argument: Argument) -> str:
    return argument.decode("utf-8") if isinstance(argument, bytes) else str(argument)


def info_text(**fields: object) -> str:
    """INFO with these fields, in the sections that a probe looks for by name."""
    sections: dict[str, list[str]] = {}
    for name, value in fields.items():
        sections.setdefault(_section(name), []).append(f"{name}:{value}")
    return "".join(
        f"# {section}\r\n" + "".join(f"{line}\r\n" for line in lines)
        for section, lines in sections.items()
    )


def _section(field_name: str) -> str:
    prefixes = {
        "cmdstat_": "Commandstats",
        "latency_percentiles_": "Latencystats",
        "errorstat_": "Errorstats",
        "used_active_": "CPU",
        "slave": "Replication",
        "db": "Keyspace",
    }
    return next((name for start, name in prefixes.items() if field_name.startswith(start)), "Other")

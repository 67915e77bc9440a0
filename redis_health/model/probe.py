"""What a probe is: its declaration, what it may ask, and what it returns."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Generic, Protocol, TypeVar

from redis_health.model.alert import Alert, Recording
from redis_health.model.conditions import (
    Capability,
    Condition,
    Failure,
    Finding,
    Reading,
    Threshold,
)
from redis_health.model.metrics import Metric, Sample
from redis_health.model.watchers import WatcherReader, Watchers

T = TypeVar("T")

#: One part of a command; bytes are data, such as the name of a key.
Argument = str | int | bytes

#: A decoded RESP reply. Errors are raised, or inside a pipeline returned as ErrorReply.
Reply = object


@dataclass(frozen=True, slots=True)
class ErrorReply:
    """An error reply, as the server worded it."""

    text: str


@dataclass(frozen=True, slots=True)
class InfoReply:
    """The answer to INFO: ``fields`` over all sections, and the same by section.

    ``observed`` is the monotonic moment of its arrival, ``seconds`` the round trip.
    """

    fields: Mapping[str, str]
    sections: Mapping[str, Mapping[str, str]]
    observed: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Dial:
    """A fresh connection that logged in: the seconds that each phase took.

    In ``stalled`` of them the service's own event loop stood still.
    """

    resolve: float
    connect: float
    tls: float
    login: float
    certificate_expires: float | None = None
    stalled: float = 0.0

    @property
    def total(self) -> float:
        """Seconds from the name to a server that has answered us, our own stalls left out."""
        return max(0.0, self.resolve + self.connect + self.tls + self.login - self.stalled)


@dataclass(frozen=True, slots=True)
class Access:
    """As whom we come; the secrets themselves are nobody's business here.

    ``user`` is the ACL user that we name, None where we name none and so are the default user.
    ``password`` and ``certificate`` say whether we show one.
    """

    user: str | None = None
    password: bool = False
    certificate: bool = False


@dataclass(frozen=True, slots=True)
class Knock:
    """What somebody who does not log in meets: whether PING is served, and at which IP address.

    ``peer`` is None for a unix socket, and where nothing is served.
    """

    served: bool
    peer: str | None = None


@dataclass(frozen=True, slots=True)
class Fact:
    """Something to remember until the next round of the same probe, or to tell the verdict."""

    name: str
    value: object


Item = Sample | Finding | Reading | Fact


class Reader(Protocol):
    """What a probe may ask. Every call has a deadline; errors are those of ``errors``.

    RedisFault when Redis or the way to it fails, OwnFault when the service does, Unavailable when
    an optional command is refused.
    """

    @property
    def last(self) -> Mapping[str, object]:
        """The facts of this probe's last success, empty before it."""

    @property
    def options(self) -> ProbeOptions:
        """What the operator expects of this Redis."""

    @property
    def access(self) -> Access:
        """As whom we come to this Redis."""

    @property
    def watchers(self) -> WatcherReader | None:
        """The Sentinels that watch over this Redis; None where the operator names none."""

    def now(self) -> float:
        """Monotonic seconds."""

    def wall(self) -> float:
        """Seconds since the epoch, by this host's clock."""

    async def command(self, *arguments: str | int) -> Reply:
        """One round trip on the kept connection; an error reply is raised as RedisFault."""

    async def optional(self, *arguments: str | int) -> Reply:
        """As ``command``, but what Redis refuses is learnt and raised as Unavailable."""

    async def timed(self, *arguments: str | int) -> tuple[Reply, float]:
        """As ``command``, with the seconds of the round trip alone (no wait for the lane)."""

    async def several(self, *commands: Sequence[str | int]) -> list[Reply]:
        """One round trip on the kept connection; an error is an ErrorReply in its place.

        What Redis refuses is learnt, and the next time answered from memory.
        """

    async def info(self, *, max_age: float | None = None) -> InfoReply:
        """INFO with every section: fetched once a round, however many probes ask.

        With ``max_age`` one of an earlier round will do, for what seldom changes (seconds).
        """

    async def config(self, *, max_age: float = 60.0) -> Mapping[str, str]:
        """The CONFIG parameters that the probes read; Unavailable where CONFIG is refused."""

    async def dial(self) -> Dial:
        """A fresh connection with authentication, closed again."""

    async def knock(self) -> Knock:
        """A fresh connection without any login, closed again; to be refused is no fault."""

    async def on_fresh_connection(self, *commands: Sequence[str | int]) -> list[Reply]:
        """The commands on a fresh, authenticated connection, so that one may hang alone."""

    async def on_database(self, database: int, *commands: Sequence[Argument]) -> list[Reply]:
        """One round trip about the keys of a database, on a kept connection of its own.

        An error is an ErrorReply in its place, so that one key spoils nothing; Unavailable where a
        command as such is refused. A part of a command that is data is given as bytes.
        """


class Server(StrEnum):
    """The kinds of server that differ in the commands that they have."""

    REDIS_6 = "redis-6"
    REDIS = "redis"
    VALKEY = "valkey"
    SENTINEL = "sentinel"


#: Servers that hold data.
DATA_SERVERS = frozenset(Server) - {Server.SENTINEL}


class Occasion(StrEnum):
    """When a command is issued, and so when our user needs a right to it."""

    ALWAYS = "always"
    #: Before there is a user: Redis lets everybody.
    LOGIN = "login"
    #: On a node of a cluster.
    CLUSTER = "cluster"
    #: Where the connection selects a database other than 0.
    DATABASE = "database"


@dataclass(frozen=True, slots=True)
class Command:
    """A command that a probe issues, for ``redis-health probes`` and ``redis-health acl``.

    In ``text`` the name and the subcommand are in capitals, and alternatives have commas between.
    ``cost`` says what it costs the server, ``optional`` whether the probe does without it. ``on``
    are the servers that are asked, ``keys`` is a glob pattern of the keys that it touches.
    """

    text: str
    cost: str
    optional: bool = False
    on: frozenset[Server] = DATA_SERVERS
    occasion: Occasion = Occasion.ALWAYS
    keys: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Setting(Generic[T]):
    """The declaration of something that an operator tells a probe; ``name`` is also the option's.

    The type of ``default`` decides how it is written: a switch, a whole number from ``low`` to
    ``high``, seconds between the same, text, or a tuple of words. ``expects`` tells of a bad
    word what should stand there instead, and None of a good one.
    """

    name: str
    default: T
    help: str
    low: int = 0
    high: int = 1_000_000
    expects: Callable[[str], str | None] = lambda _word: None


@dataclass(frozen=True, slots=True)
class ProbeOptions:
    """What the operator tells the probes, beyond thresholds.

    ``expect_role`` is in INFO's words (master, slave). ``given`` has values by the setting's name.
    ``watchers`` are the Sentinels that watch over this Redis, where the operator names them.
    """

    expect_role: str | None = None
    given: Mapping[str, object] = field(default_factory=dict)
    watchers: Watchers | None = None

    def value(self, setting: Setting[T]) -> T:
        """What was given for a setting, or its default."""
        value = self.given.get(setting.name, setting.default)
        return value if isinstance(value, type(setting.default)) else setting.default


# A declaration is itself and nothing else: compared by identity, and so cheap to look up.
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Probe:
    """The declaration of a probe: everything that the rest of the service derives from it.

    ``interval`` and ``timeout`` are the default seconds between rounds and for one round.
    ``observes`` are the capabilities of which this probe is the evidence: while one of them is
    required, a result that is too old is a lost capability. ``alerts`` are about ``metrics`` and
    may read ``recordings``. A probe with ``opt_in`` runs when that setting, one of ``settings``,
    is switched on or not empty. An ``independent`` one asks the watchers, and so runs where there
    are any: what it finds stands while Redis itself cannot be reached.
    """

    name: str
    summary: str
    interval: float
    timeout: float
    collect: Callable[[Reader], Awaitable[Iterable[Item]]]
    commands: tuple[Command, ...] = ()
    metrics: tuple[Metric, ...] = ()
    thresholds: tuple[Threshold, ...] = ()
    conditions: tuple[Condition, ...] = ()
    recordings: tuple[Recording, ...] = ()
    alerts: tuple[Alert, ...] = ()
    observes: frozenset[Capability] = frozenset()
    settings: tuple[Setting[Any], ...] = ()
    opt_in: Setting[Any] | None = None
    independent: bool = False

    def runs(self, options: ProbeOptions) -> bool:
        """Whether the operator wants it."""
        if self.independent and options.watchers is None:
            return False
        return self.opt_in is None or bool(options.value(self.opt_in))


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeResult:
    """One round of one probe.

    Times are monotonic seconds, ``wall`` seconds since the epoch. ``observed`` is when Redis said
    what is reported. ``expires`` is when this stops being evidence: two intervals plus the timeout
    after it. A round that the service itself spoilt (``own_fault``) is no evidence at all.
    ``unavailable`` says why an optional source is refused.
    """

    check: str
    started: float
    finished: float
    observed: float
    wall: float
    expires: float
    samples: tuple[Sample, ...] = ()
    findings: tuple[Finding, ...] = ()
    readings: tuple[Reading, ...] = ()
    facts: Mapping[str, object] = field(default_factory=dict)
    failure: Failure | None = None
    own_fault: str | None = None
    unavailable: str | None = None

    @property
    def ok(self) -> bool:
        """Whether Redis answered."""
        return self.failure is None and self.own_fault is None

"""SCAN in slices: a little of the keyspace each round, and the whole of it after many.

A round stops when it has used its budget, so that the server belongs to its clients. What a pass
has gathered becomes visible when the pass is finished, with its age.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Generic, Protocol, Self, TypeVar

from redis_health.model import Command, InfoReply, Metric, Reader, Sample, Setting
from redis_health.probes._replies import items
from redis_health.probes._server import is_primary

#: Keys that one SCAN looks at: about 50 µs of the server.
STEP = 100
_START = b"0"

SCAN_BUDGET = Setting(
    name="scan_budget",
    default=0.05,
    low=0,
    high=1,
    help="Longest time for the SCANs of one round of a check that looks through the keyspace.",
)
SCAN_REPLICAS_ONLY = Setting(
    name="scan_replicas_only",
    default=False,
    help="Look through the keyspace of replicas alone: a primary is not scanned.",
)
SCAN_AGE = Metric(
    name="redis_health_scan_age_seconds",
    help="Age of the oldest result of SCAN in a database; before the first result, the time since"
    " the search for it began.",
    labels=("check", "db"),
)
SCAN_DURATION = Metric(
    name="redis_health_scan_duration_seconds",
    help="How long the last passes of SCAN over a database took from begin to end; absent before"
    " the first has ended.",
    labels=("check", "db"),
)
SCAN_METRICS = (SCAN_AGE, SCAN_DURATION)
SCAN_COMMAND = Command(
    f"SCAN … COUNT {STEP}",
    "about 50 µs each, at most scan-budget seconds a round, on a connection of its own",
    optional=True,
)
SELECT_COMMAND = Command("SELECT", "about 1 µs a round and database, on the same connection")


@dataclass(frozen=True, slots=True)
class Scope:
    """What one pass covers: a database, or its keys that match a glob pattern or are of a type."""

    database: int
    pattern: bytes | None = None
    kind: str | None = None

    def command(self, cursor: bytes) -> tuple[str | int | bytes, ...]:
        """The SCAN that goes on from ``cursor``."""
        match = () if self.pattern is None else ("MATCH", self.pattern)
        kind = () if self.kind is None else ("TYPE", self.kind)
        return ("SCAN", cursor, *match, "COUNT", STEP, *kind)


class Tally(Protocol):
    """What a pass gathers from the names of the keys."""

    def copy(self) -> Self:
        """The same, to go on with; the original stays as the last round left it."""

    async def add(self, reader: Reader, scope: Scope, keys: Sequence[bytes], /) -> None:
        """Takes what one step has found; SCAN may tell a key twice."""


T = TypeVar("T", bound=Tally)


@dataclass(slots=True)
class Walk(Generic[T]):
    """A pass under way: where it is, since when (monotonic), the seconds that it has used."""

    scope: Scope
    tally: T
    started: float
    cursor: bytes = _START
    used: float = 0.0


@dataclass(frozen=True, slots=True)
class Finished(Generic[T]):
    """A finished pass: when (monotonic), its seconds from begin to end, and those it has used."""

    at: float
    seconds: float
    used: float
    tally: T


@dataclass(frozen=True, slots=True)
class Progress(Generic[T]):
    """How far the passes over all scopes have come; remembered from round to round.

    ``since`` is when a scope was first wanted, ``ended`` when its last pass ended, well or not.
    """

    run_id: str | None
    since: Mapping[Scope, float] = field(default_factory=dict)
    walk: Walk[T] | None = None
    ended: Mapping[Scope, float] = field(default_factory=dict)
    finished: Mapping[Scope, Finished[T]] = field(default_factory=dict)


def may_scan(reader: Reader, info: InfoReply) -> bool:
    """Whether the operator lets us look through the keyspace of this server."""
    return not (reader.options.value(SCAN_REPLICAS_ONLY) and is_primary(info))


async def advance(
    reader: Reader, scopes: Sequence[Scope], *, begin: Callable[[], T], last: object
) -> Progress[T]:
    """One round: goes on with the pass under way, then with the scopes in turn, each once.

    ``last`` is the progress that the previous round returned, which is left as it is, so that a
    round that fails loses its own steps alone. A scope that the server refuses is passed over.

    Raises:
        Unavailable: our user may not SCAN.
    """
    run_id = (await reader.info()).fields.get("run_id")
    progress: Progress[T] = _resumed(last, scopes, run_id, reader.now())
    walk, ended, finished = progress.walk, dict(progress.ended), dict(progress.finished)
    budget = _Budget(reader)
    for scope in _in_turn(scopes, progress):
        if walk is None:
            walk = Walk(scope, begin(), reader.now())
        arrived = await _walked(reader, walk, budget)
        if arrived is None:
            break
        now = reader.now()
        ended[scope] = now
        if arrived:
            finished[scope] = Finished(now, now - walk.started, walk.used, walk.tally)
        walk = None
    return replace(progress, walk=walk, ended=ended, finished=finished)


def _resumed(last: object, scopes: Sequence[Scope], run_id: str | None, now: float) -> Progress[T]:
    # A cursor means nothing to another process.
    known: Progress[T] = Progress(run_id)
    if isinstance(last, Progress) and last.run_id == run_id:
        known = last
    walk = known.walk if known.walk is not None and known.walk.scope in scopes else None
    return Progress(
        run_id,
        since={scope: known.since.get(scope, now) for scope in scopes},
        walk=None if walk is None else replace(walk, tally=walk.tally.copy()),
        ended={scope: at for scope, at in known.ended.items() if scope in scopes},
        finished={scope: each for scope, each in known.finished.items() if scope in scopes},
    )


def _in_turn(scopes: Sequence[Scope], progress: Progress[T]) -> list[Scope]:
    under_way = None if progress.walk is None else progress.walk.scope

    def rank(scope: Scope) -> tuple[bool, float]:
        return scope != under_way, progress.ended.get(scope, float("-inf"))

    return sorted(scopes, key=rank)


class _Budget:
    """The seconds that one round may use; its first step is always free."""

    def __init__(self, reader: Reader) -> None:
        self._most = reader.options.value(SCAN_BUDGET)
        self._used = 0.0
        self._longest = 0.0

    def spend(self, seconds: float) -> None:
        self._used += seconds
        self._longest = max(self._longest, seconds)

    @property
    def is_spent(self) -> bool:
        """Whether another step, as long as the longest so far, would be too much."""
        return self._used > 0.0 and self._used + self._longest > self._most


async def _walked(reader: Reader, walk: Walk[T], budget: _Budget) -> bool | None:
    """Steps until the end (true), a refusal (false), or the end of the budget (none)."""
    while not budget.is_spent:
        started = reader.now()
        (reply,) = await reader.on_database(walk.scope.database, walk.scope.command(walk.cursor))
        match items(reply):
            case [bytes(cursor), found]:
                keys = [key for key in items(found) if isinstance(key, bytes)]
                await walk.tally.add(reader, walk.scope, keys)
            case _:
                return False
        seconds = reader.now() - started
        budget.spend(seconds)
        walk.used += seconds
        walk.cursor = cursor
        if cursor == _START:
            return True
    return None


def scan_samples(progress: Progress[T], check: str, now: float) -> Iterator[Sample]:
    """How old the results in each database are, and how long they took."""
    for database in sorted({scope.database for scope in progress.since}):
        scopes = [scope for scope in progress.since if scope.database == database]
        finished = [progress.finished[each] for each in scopes if each in progress.finished]
        known = {
            scope: progress.finished[scope].at for scope in scopes if scope in progress.finished
        }
        oldest = min(known.get(scope, progress.since[scope]) for scope in scopes)
        labels = (check, f"db{database}")
        yield Sample(SCAN_AGE, max(0.0, now - oldest), labels)
        if len(finished) == len(scopes):
            yield Sample(SCAN_DURATION, sum(each.seconds for each in finished), labels)

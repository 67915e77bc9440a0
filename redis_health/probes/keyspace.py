"""INFO keyspace: keys by database, and whether a restart lost them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from redis_health.errors import Unavailable
from redis_health.info import count, number
from redis_health.model import (
    Alert,
    Condition,
    Fact,
    InfoReply,
    Item,
    Metric,
    Probe,
    Reader,
    Sample,
    Urgency,
)
from redis_health.probes._keyspace_lines import databases, total
from redis_health.probes._replies import items
from redis_health.probes._server import replaced, restarted, silence
from redis_health.probes._tables import CONFIG_COMMAND, INFO_COMMAND
from redis_health.probes._words import duration

#: Seconds for which a loss is told, and the part of the keys below which it is one.
_NEWS = 300.0
_LOST_BELOW = 0.1
#: Of keys with up to so many times the silence to live, on average, most may have died in it.
_OUTLIVED = 10.0
#: The part of the keys that ends the alarm when they come back.
_BACK_FROM = 0.5

KEYS = Metric(
    name="redis_keys_total",
    help="INFO keyspace: dbN keys; 0 for a database without keys.",
    labels=("db",),
    aliases=("redis_db_keys",),
)
EXPIRING = Metric(
    name="redis_db_keys_expiring",
    help="INFO keyspace: dbN expires; 0 for a database without keys.",
    labels=("db",),
)
AVERAGE_TTL = Metric(
    name="redis_db_avg_ttl_seconds", help="INFO keyspace: dbN avg_ttl.", labels=("db",)
)
CACHED = Metric(
    name="redis_db_keys_cached", help="INFO keyspace: dbN cached_keys (KeyDB).", labels=("db",)
)
EXPIRING_FIELDS = Metric(
    name="redis_db_keys_with_expiring_fields",
    help="INFO keyspace: dbN subexpiry (Redis) or keys_with_volatile_items (Valkey).",
    labels=("db",),
)

RESTARTED_EMPTY = Condition(
    code="RESTARTED_EMPTY",
    summary="the server came back without its data",
    advice="restore before replicas full-sync the empty set",
)


ALERTS = (
    Alert(
        name="RedisRestartedEmpty",
        # A cache that keeps nothing on disk is expected to come back empty.
        expr=(
            "max without (check, code, severity)"
            ' (redis_health_reason{code="RESTARTED_EMPTY"}) > 0\n'
            "and on (job, instance)\n"
            "(max without (type) (redis_persistence_status) or redis_connected_slaves > 0)"
        ),
        severity=Urgency.CRITICAL,
        keep_firing_for=900,
        summary="Redis came back without its data on {{ $labels.instance }}",
        description=(
            "The server was replaced by one that has less than a tenth of the keys"
            " ({{ $value }} reason RESTARTED_EMPTY). Its replicas will drop theirs too."
        ),
    ),
)

#: Databases without keys that are shown, at most.
_MOST_EMPTY = 1024
#: Databases that are shown at most.
_MOST = 10_000


@dataclass(frozen=True, slots=True)
class _Loss:
    """A loss that is being told: when it was seen (monotonic), and the keys before it."""

    at: float
    before: int
    message: str


@dataclass(frozen=True, slots=True)
class _Mortals:
    """The keys of a database that expire, and their average time to live in seconds."""

    keys: int
    average: float


async def collect(reader: Reader) -> Iterable[Item]:
    """From the shared INFO; CONFIG tells how many databases there are."""
    info = await reader.info()
    try:
        configured = count(await reader.config(), "databases")
    except Unavailable:
        configured = 0
    return [*_samples(info, configured), *_losses(info, reader.last)]


def _samples(info: InfoReply, configured: int) -> Iterable[Item]:
    present = databases(info)
    # The server says how many there are, and must not decide how much we show.
    shown = sorted({*range(min(max(configured, 1), _MOST_EMPTY)), *present})
    for index in shown[:_MOST]:
        labels = (f"db{index}",)
        pairs = present.get(index, {})
        yield Sample(KEYS, float(count(pairs, "keys")), labels)
        yield Sample(EXPIRING, float(count(pairs, "expires")), labels)
        ttl = number(pairs, "avg_ttl")
        if ttl is not None:
            yield Sample(AVERAGE_TTL, ttl / 1000, labels)
        for metric, names in (
            (CACHED, ("cached_keys",)),
            (EXPIRING_FIELDS, ("subexpiry", "keys_with_volatile_items")),
        ):
            for name in names:
                value = number(pairs, name)
                if value is not None:
                    yield Sample(metric, value, labels)


def _losses(info: InfoReply, last: Mapping[str, object]) -> Iterable[Item]:
    loss = last.get("loss")
    if _unsettled(info):
        # Keys that are still on their way are not lost: compare when they have arrived.
        yield from (Fact(name, value) for name, value in last.items())
        return
    keys, before = total(info, "keys"), last.get("keys")
    if replaced(info, last) and isinstance(before, int):
        alive = before - _expired(info, last)
        if keys < alive * _LOST_BELOW and alive >= before * _LOST_BELOW:
            loss = _Loss(info.observed, before, _message(info, last, before, keys))
    yield Fact("run_id", info.fields.get("run_id"))
    yield Fact("keys", keys)
    yield Fact("mortals", tuple(_mortals(info)))
    yield Fact("seen", info.observed)
    if not isinstance(loss, _Loss):
        return
    if info.observed - loss.at < _NEWS and keys < loss.before * _BACK_FROM:
        yield Fact("loss", loss)
        yield RESTARTED_EMPTY.found(loss.message)


def _expired(info: InfoReply, last: Mapping[str, object]) -> int:
    """The keys whose time ran out while the server was away, or has since."""
    if not restarted(info, last):
        return 0
    fields = info.fields
    loaded = number(fields, "rdb_last_load_keys_expired")
    if loaded is None:
        # Redis before 7.0 does not count what it leaves out while loading.
        return _may_have_expired(last, silence(info, last))
    return int(loaded) + count(fields, "expired_keys")


def _mortals(info: InfoReply) -> Iterable[_Mortals]:
    for pairs in databases(info).values():
        keys = count(pairs, "expires")
        if keys:
            yield _Mortals(keys, (number(pairs, "avg_ttl") or 0.0) / 1000)


def _may_have_expired(last: Mapping[str, object], seconds: float) -> int:
    """The keys of databases where most of those that expire may have done so within the seconds."""
    mortals = [each for each in items(last.get("mortals")) if isinstance(each, _Mortals)]
    return sum(each.keys for each in mortals if each.average <= seconds * _OUTLIVED)


def _unsettled(info: InfoReply) -> bool:
    fields = info.fields
    loading = "1" in (fields.get("loading"), fields.get("async_loading"))
    return loading or fields.get("master_link_status", "up") != "up"


def _message(info: InfoReply, last: Mapping[str, object], before: int, keys: int) -> str:
    uptime = duration(count(info.fields, "uptime_in_seconds"))
    if restarted(info, last):
        return (
            f"run_id changed (uptime {uptime}) and keys went {before} -> {keys}:"
            " restarted without its data"
        )
    return (
        f"run_id changed (uptime {uptime}) and keys went {before} -> {keys}:"
        " another server answers, without the data"
    )


PROBE = Probe(
    name="keyspace",
    summary="keys by database, and whether a restart lost them",
    interval=5.0,
    timeout=2.0,
    collect=collect,
    commands=(INFO_COMMAND, CONFIG_COMMAND),
    metrics=(KEYS, EXPIRING, AVERAGE_TTL, CACHED, EXPIRING_FIELDS),
    conditions=(RESTARTED_EMPTY,),
    alerts=ALERTS,
)

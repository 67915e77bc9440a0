"""INFO keyspace: keys by database, and whether a restart lost them."""

from __future__ import annotations

from collections.abc import Iterable

from redis_health.errors import Unavailable
from redis_health.info import count, number
from redis_health.model import (
    Alert,
    InfoReply,
    Item,
    Metric,
    Probe,
    Reader,
    Sample,
    Urgency,
)
from redis_health.probes._keyspace_lines import databases
from redis_health.probes._keyspace_losses import RESTARTED_EMPTY, losses
from redis_health.probes._tables import CONFIG_COMMAND, INFO_COMMAND

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


async def collect(reader: Reader) -> Iterable[Item]:
    """From the shared INFO; CONFIG tells how many databases there are."""
    info = await reader.info()
    try:
        configured = count(await reader.config(), "databases")
    except Unavailable:
        configured = 0
    return [*_samples(info, configured), *losses(info, reader.last)]


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

"""INFO stats, CPU and errorstats: what the server has done so far."""

from __future__ import annotations

from collections.abc import Iterable

from redis_health.info import number, parse_pairs, samples
from redis_health.model import (
    Alert,
    InfoReply,
    Item,
    Metric,
    MetricKind,
    Probe,
    Reader,
    Sample,
    Urgency,
)
from redis_health.probes._stats_metrics import METRICS
from redis_health.probes._tables import INFO_COMMAND

_THREAD = "used_active_time_io_thread_"
_ERROR = "errorstat_"

ERRORS = Metric(
    name="redis_errors_total",
    help="INFO errorstats: errorstat_<err> count.",
    kind=MetricKind.COUNTER,
    labels=("err",),
)
THREAD_TIME = Metric(
    name="redis_active_time_io_thread_seconds_total",
    help="INFO cpu: used_active_time_io_thread_<thread>.",
    kind=MetricKind.COUNTER,
    labels=("thread",),
)


ALERTS = (
    Alert(
        name="RedisRejectedConnections",
        expr="increase(redis_connections_rejected_total[5m]) > 0",
        severity=Urgency.WARNING,
        keep_firing_for=300,
        summary="Redis rejects connections on {{ $labels.instance }}",
        description=(
            '{{ $value | printf "%.0f" }} connections were rejected in 5 minutes, since as many'
            " clients are connected as maxclients allows."
        ),
    ),
    Alert(
        name="RedisEvictingKeys",
        # Of a cache with allkeys-* eviction is the purpose, and noeviction never evicts.
        expr=(
            "rate(redis_keys_evicted_total[5m]) > 0\n"
            'and on (job, instance) redis_instance_info{maxmemory_policy=~"volatile-.+"}'
        ),
        severity=Urgency.WARNING,
        for_=600,
        keep_firing_for=300,
        summary="Redis evicts keys before their time on {{ $labels.instance }}",
        description=(
            '{{ $value | printf "%.1f" }} keys with a time to live are evicted every second'
            " because memory is full; when none is left, writes fail."
        ),
    ),
    Alert(
        name="RedisErrorReplies",
        expr=(
            "rate(redis_errors_total{err=~"
            '"BUSY|CLUSTERDOWN|MASTERDOWN|MISCONF|NOAUTH|NOPERM|NOREPLICAS|OOM|READONLY|WRONGPASS"'
            "}[5m]) > 0.1"
        ),
        severity=Urgency.WARNING,
        for_=120,
        keep_firing_for=300,
        summary="Redis answers with {{ $labels.err }} errors on {{ $labels.instance }}",
        description=(
            'Clients get {{ $value | printf "%.1f" }} {{ $labels.err }} errors every second'
            " (limit 0.1 over 5 minutes)."
        ),
    ),
)


async def collect(reader: Reader) -> Iterable[Item]:
    """From the shared INFO."""
    info = await reader.info()
    return [*samples(info, METRICS), *_threads(info), *_errors(info)]


def _threads(info: InfoReply) -> Iterable[Item]:
    fields = info.sections.get("cpu", {})
    for name in fields:
        value = number(fields, name) if name.startswith(_THREAD) else None
        if value is not None:
            yield Sample(THREAD_TIME, value, (name.removeprefix(_THREAD),))


def _errors(info: InfoReply) -> Iterable[Item]:
    for name, line in info.sections.get("errorstats", {}).items():
        value = number(parse_pairs(line), "count") if name.startswith(_ERROR) else None
        if value is not None:
            yield Sample(ERRORS, value, (name.removeprefix(_ERROR),))


PROBE = Probe(
    name="stats",
    summary="what the server has done so far",
    interval=5.0,
    timeout=2.0,
    collect=collect,
    commands=(INFO_COMMAND,),
    metrics=(*METRICS, ERRORS, THREAD_TIME),
    alerts=ALERTS,
)

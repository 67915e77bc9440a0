"""INFO stats, CPU and errorstats: what the server has done so far."""

from __future__ import annotations

from collections.abc import Iterable

from redis_health.info import number, parse_pairs, samples
from redis_health.model import InfoReply, Item, Metric, MetricKind, Probe, Reader, Sample
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
)

"""LATENCY: execution times by command, and the spikes that the latency monitor saw."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

from redis_health.errors import Unavailable
from redis_health.info import number, parse_pairs, scaled
from redis_health.model import (
    Alert,
    Command,
    Histogram,
    InfoReply,
    Item,
    Metric,
    MetricKind,
    Probe,
    Reader,
    Reply,
    Sample,
    Server,
    Setting,
    Urgency,
)
from redis_health.probes._replies import integer, items, pairs, text
from redis_health.probes._server import is_sentinel, version
from redis_health.probes._tables import CONFIG_COMMAND, INFO_COMMAND

#: The bounds of LATENCY HISTOGRAM in microseconds: 1024 ns doubled, as Redis rounds them, up to
#: the 1 s at which it cuts off. Redis lists only buckets that hold something; a bucket that is
#: born late breaks rate(), so that every command always has all of them.
LADDER = (
    *(1, 2, 4, 8, 16, 33, 66, 132, 264, 528, 1056, 2113, 4227, 8454, 16908, 33816, 67633),
    *(135266, 270532, 541065, 1073741),
)
_MICRO = 1e-6

COMMAND_LATENCY = Metric(
    name="redis_command_latency_seconds",
    help="Execution times in the server (LATENCY HISTOGRAM; the sum from INFO commandstats:"
    " cmdstat_<command> usec).",
    kind=MetricKind.HISTOGRAM,
    labels=("command",),
)
COMMAND_LATENCY_USEC = Metric(
    name="redis_commands_latencies_usec",
    help="As redis_command_latency_seconds, in microseconds.",
    kind=MetricKind.HISTOGRAM,
    labels=("cmd",),
)
SPIKE_LAST = Metric(
    name="redis_latency_spike_last",
    help="LATENCY LATEST: when the last spike was, epoch seconds.",
    labels=("event_name",),
)
SPIKE_DURATION = Metric(
    name="redis_latency_spike_duration_seconds",
    help="LATENCY LATEST: how long the last spike took.",
    labels=("event_name",),
)


ALERT_COMMAND_LATENCY = Setting(
    name="alert_command_latency",
    default=0.1,
    high=3600,
    help="Execution time of commands, 95th percentile over 5 minutes, to alert on.",
)
ALERTS = (
    Alert(
        name="RedisHighLatency",
        # Where there are no histograms, the mean is all that the server tells.
        expr=(
            "histogram_quantile(0.95,\n"
            "  sum without (command) (rate(redis_command_latency_seconds_bucket[5m]))\n"
            ") > {alert_command_latency}\n"
            "or\n"
            "sum without (cmd) (rate(redis_commands_duration_seconds_total[5m]))\n"
            "  / sum without (cmd) (rate(redis_commands_total[5m])) > {alert_command_latency}\n"
            "  unless sum without (command) (redis_command_latency_seconds_count)"
        ),
        severity=Urgency.WARNING,
        for_=120,
        keep_firing_for=120,
        summary="Redis high command latency on {{ $labels.instance }}",
        description=(
            "Redis takes {{ $value | humanizeDuration }} to execute commands (95th percentile over"
            " 5 minutes, or the mean before Redis 7; limit {alert_command_latency} s)."
        ),
    ),
)


async def collect(reader: Reader) -> Iterable[Item]:
    """Two questions; the histograms only of servers that keep them."""
    info = await reader.info()
    if is_sentinel(info):
        return []
    spikes = _spikes(await reader.optional("LATENCY", "LATEST"))
    if not await _keeps_histograms(reader, info):
        return list(spikes)
    try:
        reply = await reader.optional("LATENCY", "HISTOGRAM")
    except Unavailable:
        return list(spikes)
    return [*spikes, *_histograms(reply, info)]


async def _keeps_histograms(reader: Reader, info: InfoReply) -> bool:
    # Asked of an older server it would be an error reply, which an operator may count.
    if version(info) < (7,):
        return False
    try:
        config = await reader.config()
    except Unavailable:
        return True
    # Switched off, Redis still lists what it had counted until then, and that never moves again.
    return config.get("latency-tracking") != "no"


def _spikes(reply: Reply) -> Iterable[Item]:
    for entry in items(reply):
        match items(entry):
            case [event, int(at), int(milliseconds), *_]:
                labels = (text(event),)
                yield Sample(SPIKE_LAST, float(at), labels)
                yield Sample(SPIKE_DURATION, milliseconds / 1000, labels)


def _histograms(reply: Reply, info: InfoReply) -> Iterable[Item]:
    for name, details in pairs(reply):
        command = text(name)
        values = {text(key): value for key, value in pairs(details)}
        calls = integer(values.get("calls"))
        statistics = info.fields.get(f"cmdstat_{command}", "")
        usec = number(parse_pairs(statistics), "usec")
        if calls is None or usec is None:
            continue
        counts = _counts(values.get("histogram_usec"))
        yield Sample(COMMAND_LATENCY, _histogram(counts, calls, usec, _MICRO), (command,))
        yield Sample(COMMAND_LATENCY_USEC, _histogram(counts, calls, usec, 1.0), (command,))


def _counts(reply: object) -> Mapping[int, int]:
    """Observations up to each bound that Redis listed, already cumulative."""
    return {
        bound: seen
        for key, value in pairs(reply)
        if (bound := integer(key)) is not None and (seen := integer(value)) is not None
    }


def _histogram(counts: Mapping[int, int], calls: int, usec: float, scale: float) -> Histogram:
    listed = sorted(counts.items())
    buckets: list[tuple[float, float]] = []
    seen, position = 0, 0
    for bound in LADDER:
        while position < len(listed) and listed[position][0] <= bound:
            seen = listed[position][1]
            position += 1
        buckets.append((scaled(bound, scale), float(seen)))
    buckets.append((math.inf, float(max(calls, seen))))
    return Histogram(tuple(buckets), scaled(usec, scale))


PROBE = Probe(
    name="latency",
    summary="execution times by command, and latency spikes",
    interval=15.0,
    timeout=2.0,
    collect=collect,
    commands=(
        Command(
            "LATENCY HISTOGRAM",
            "about 0.1 ms, 0.1 KB a command",
            optional=True,
            on=frozenset({Server.REDIS, Server.VALKEY}),
        ),
        Command("LATENCY LATEST", "about 5 µs", optional=True),
        INFO_COMMAND,
        CONFIG_COMMAND,
    ),
    metrics=(COMMAND_LATENCY, COMMAND_LATENCY_USEC, SPIKE_LAST, SPIKE_DURATION),
    settings=(ALERT_COMMAND_LATENCY,),
    alerts=ALERTS,
)

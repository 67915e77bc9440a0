"""INFO commandstats and latencystats: calls and their time, by command."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import islice

from redis_health.info import number, parse_pairs, scaled
from redis_health.model import (
    Alert,
    InfoReply,
    Item,
    Metric,
    MetricKind,
    Probe,
    Reader,
    Sample,
    Summary,
    Urgency,
)
from redis_health.probes._tables import INFO_COMMAND

_STATISTICS = "cmdstat_"
_PERCENTILES = "latency_percentiles_usec_"
_MICRO = 1e-6
#: Commands that are shown; no server has as many, with modules and subcommands.
_MOST = 2000


def _by_command(name: str, pair: str) -> Metric:
    return Metric(
        name=name,
        help=f"INFO commandstats: cmdstat_<cmd> {pair}.",
        kind=MetricKind.COUNTER,
        labels=("cmd",),
    )


CALLS = _by_command("redis_commands_total", "calls")
DURATION = _by_command("redis_commands_duration_seconds_total", "usec")
REJECTED = _by_command("redis_commands_rejected_calls_total", "rejected_calls")
FAILED = _by_command("redis_commands_failed_calls_total", "failed_calls")
PERCENTILES = Metric(
    name="redis_latency_percentiles_usec",
    help="INFO latencystats: latency_percentiles_usec_<cmd>, with count and sum of commandstats."
    " quantile is a percentage, as redis_exporter has it.",
    kind=MetricKind.SUMMARY,
    labels=("cmd",),
)
_PAIRS = (
    (CALLS, "calls", 1.0),
    (DURATION, "usec", _MICRO),
    (REJECTED, "rejected_calls", 1.0),
    (FAILED, "failed_calls", 1.0),
)


ALERTS = (
    Alert(
        name="RedisCommandsFailing",
        # Redis counts a rejected call in no other number.
        expr=(
            "sum without (cmd) (rate(redis_commands_failed_calls_total[5m])\n"
            "    + rate(redis_commands_rejected_calls_total[5m]))\n"
            "  / sum without (cmd) (rate(redis_commands_total[5m])\n"
            "    + rate(redis_commands_rejected_calls_total[5m]))\n"
            "  > 0.05"
        ),
        severity=Urgency.WARNING,
        for_=300,
        keep_firing_for=300,
        summary="Commands fail on {{ $labels.instance }}",
        description=(
            "{{ $value | humanizePercentage }} of all commands failed or were rejected"
            " in the last 5 minutes (limit 5%)."
        ),
    ),
)


async def collect(reader: Reader) -> Iterable[Item]:
    """From the shared INFO."""
    info = await reader.info()
    lines = info.sections.get("commandstats", {})
    statistics = {
        name.removeprefix(_STATISTICS): parse_pairs(lines[name])
        for name in islice((name for name in lines if name.startswith(_STATISTICS)), _MOST)
    }
    return [*_counters(statistics), *_summaries(info, statistics)]


def _counters(statistics: Mapping[str, Mapping[str, str]]) -> Iterable[Item]:
    for command, pairs in statistics.items():
        for metric, pair, scale in _PAIRS:
            value = number(pairs, pair)
            if value is not None:
                yield Sample(metric, scaled(value, scale), (command,))


def _summaries(info: InfoReply, statistics: Mapping[str, Mapping[str, str]]) -> Iterable[Item]:
    for name, line in info.sections.get("latencystats", {}).items():
        command = name.removeprefix(_PERCENTILES)
        pairs = statistics.get(command, {})
        calls, usec = number(pairs, "calls"), number(pairs, "usec")
        if calls is None or usec is None:
            continue
        percentiles = {
            key[1:]: value for key, value in parse_pairs(line).items() if key.startswith("p")
        }
        quantiles = tuple(
            (quantile, value)
            for key in percentiles
            if (quantile := _plain(key)) is not None
            and (value := number(percentiles, key)) is not None
        )
        yield Sample(PERCENTILES, Summary(quantiles, calls, usec), (command,))


def _plain(text: str) -> float | None:
    return number({"": text}, "")


PROBE = Probe(
    name="commands",
    summary="calls and their time, by command",
    interval=5.0,
    timeout=2.0,
    collect=collect,
    commands=(INFO_COMMAND,),
    metrics=(CALLS, DURATION, REJECTED, FAILED, PERCENTILES),
    alerts=ALERTS,
)

"""COMMANDLOG of Valkey 8.1 and later: how much its three logs hold, and what they record."""

from __future__ import annotations

from collections.abc import Iterable

from redis_health.errors import Unavailable
from redis_health.info import number
from redis_health.model import Command, Item, Metric, Probe, Reader, Sample, Server
from redis_health.probes._replies import integer
from redis_health.probes._server import is_sentinel, valkey_version
from redis_health.probes._tables import CONFIG_COMMAND, INFO_COMMAND

_SINCE = (8, 1)


def _length(name: str, kind: str) -> Metric:
    return Metric(name=f"redis_commandlog_{name}_length", help=f"COMMANDLOG LEN {kind}.")


LENGTHS = {
    "slow": _length("slow", "slow"),
    "large-request": _length("large_request", "large-request"),
    "large-reply": _length("large_reply", "large-reply"),
}
#: By parameter; microseconds, bytes and entries, as the server has them.
LIMITS = {
    parameter: Metric(
        name=f"redis_{parameter.replace('-', '_')}", help=f"CONFIG GET: {parameter} ({unit})."
    )
    for parameter, unit in (
        ("commandlog-execution-slower-than", "microseconds"),
        ("commandlog-request-larger-than", "bytes"),
        ("commandlog-reply-larger-than", "bytes"),
        ("commandlog-slow-execution-max-len", "entries"),
        ("commandlog-large-request-max-len", "entries"),
        ("commandlog-large-reply-max-len", "entries"),
    )
}


async def collect(reader: Reader) -> Iterable[Item]:
    """Nothing is asked of a server that has no COMMANDLOG."""
    info = await reader.info()
    if valkey_version(info) < _SINCE or is_sentinel(info):
        return []
    result: list[Item] = []
    for kind, metric in LENGTHS.items():
        length = integer(await reader.optional("COMMANDLOG", "LEN", kind))
        if length is not None:
            result.append(Sample(metric, float(length)))
    return [*result, *await _limits(reader)]


async def _limits(reader: Reader) -> Iterable[Item]:
    try:
        parameters = await reader.config()
    except Unavailable:
        return []
    return [
        Sample(metric, value)
        for parameter, metric in LIMITS.items()
        if (value := number(parameters, parameter)) is not None
    ]


PROBE = Probe(
    name="commandlog",
    summary="how much Valkey's command logs hold",
    interval=15.0,
    timeout=2.0,
    collect=collect,
    commands=(
        Command(
            "COMMANDLOG LEN",
            "about 1 µs each of three; from Valkey 8.1 on",
            optional=True,
            on=frozenset({Server.VALKEY}),
        ),
        CONFIG_COMMAND,
        INFO_COMMAND,
    ),
    metrics=(*LENGTHS.values(), *LIMITS.values()),
)

"""CONFIG GET: every parameter of the server, its secrets left out."""

from __future__ import annotations

import re
from collections.abc import Iterable

from redis_health.info import number
from redis_health.model import Command, Item, Metric, Probe, Reader, Sample, Server, Setting
from redis_health.probes._replies import pairs, text
from redis_health.probes._server import is_sentinel
from redis_health.probes._tables import INFO_COMMAND

#: Names of parameters that hold a secret or a login, those of modules included.
_SECRET = re.compile(
    r"pass|auth$|secret|token|credential|user(name)?$|private|api.?key", re.IGNORECASE
)
_REDACTED = "********"
_VALUE_LENGTH = 256
#: Parameters that are shown; no server has as many.
_MOST = 1000


def _texts(name: str, source: str) -> Metric:
    return Metric(
        name=name,
        help=f"1, with a parameter and its value as labels ({source}); secrets are redacted.",
        labels=("key", "value"),
    )


def _numbers(name: str, source: str) -> Metric:
    return Metric(name=name, help=f"A parameter that is a number ({source}).", labels=("key",))


TEXTS = _texts("redis_config_key_value", "CONFIG GET *")
NUMBERS = _numbers("redis_config_value", "CONFIG GET *")
SENTINEL_TEXTS = _texts("redis_sentinel_config_key_value", "SENTINEL CONFIG GET *")
SENTINEL_NUMBERS = _numbers("redis_sentinel_config_value", "SENTINEL CONFIG GET *")

INCLUDE_CONFIG = Setting(
    name="include_config",
    default=False,
    help="Show all parameters of CONFIG GET * as metrics, without their secrets.",
)


async def collect(reader: Reader) -> Iterable[Item]:
    """One question; a Sentinel has parameters of its own."""
    if is_sentinel(await reader.info()):
        reply = await reader.optional("SENTINEL", "CONFIG", "GET", "*")
        return list(_samples(reply, SENTINEL_TEXTS, SENTINEL_NUMBERS))
    reply = await reader.optional("CONFIG", "GET", "*")
    return list(_samples(reply, TEXTS, NUMBERS))


def _samples(reply: object, texts: Metric, numbers: Metric) -> Iterable[Item]:
    # CONFIG GET lists a parameter and its older name both, and never one name twice.
    parameters = {text(name): text(value) for name, value in pairs(reply)}
    for name, value in sorted(parameters.items())[:_MOST]:
        if _SECRET.search(name):
            yield Sample(texts, 1.0, (name, _REDACTED))
            continue
        yield Sample(texts, 1.0, (name, value[:_VALUE_LENGTH]))
        parsed = number(parameters, name)
        if parsed is not None:
            yield Sample(numbers, parsed, (name,))


PROBE = Probe(
    name="config",
    summary="every parameter of the server, its secrets left out",
    interval=60.0,
    timeout=2.0,
    collect=collect,
    commands=(
        Command("CONFIG GET *", "about 0.2 ms, 10 KB", optional=True),
        Command(
            "SENTINEL CONFIG GET *",
            "about 0.1 ms; on a Sentinel",
            optional=True,
            on=frozenset({Server.SENTINEL}),
        ),
        INFO_COMMAND,
    ),
    metrics=(TEXTS, NUMBERS, SENTINEL_TEXTS, SENTINEL_NUMBERS),
    settings=(INCLUDE_CONFIG,),
    opt_in=INCLUDE_CONFIG,
)

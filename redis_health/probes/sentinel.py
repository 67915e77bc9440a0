"""SENTINEL: whether a Sentinel could fail over the primaries that it watches."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from redis_health.errors import RedisFault, Unavailable
from redis_health.info import count, number, parse_pairs, samples, scaled
from redis_health.model import (
    Command,
    Condition,
    InfoReply,
    Item,
    Nature,
    Probe,
    Reader,
    Sample,
    Server,
    Setting,
)
from redis_health.probes import _sentinel_metrics as metrics
from redis_health.probes._replies import items, pairs, text
from redis_health.probes._sentinel_alerts import ALERTS
from redis_health.probes._server import is_sentinel
from redis_health.probes._tables import INFO_COMMAND
from redis_health.probes._words import address

#: How CKQUORUM begins its refusals; what follows is shown.
_REFUSAL = re.compile(r"NO(QUORUM|AUTH\b|GOODSLAVE).*")
_MESSAGE_LENGTH = 200

TILT = Condition(
    code="TILT",
    summary="the Sentinel does not trust its own clock and acts on nothing",
    advice="wait 30 s; if it comes back, check the host's clock and pauses of its VM",
)
NOQUORUM = Condition(
    code="NOQUORUM",
    summary="too few Sentinels are left to fail over",
    advice="restart the missing Sentinels; SENTINEL SENTINELS NAME lists them",
)
SDOWN = Condition(
    code="SDOWN",
    summary="the Sentinel does not reach a primary",
    advice="restart the primary, or see in the Sentinel's log why no failover happens",
)
SENTINEL_MASTERS = Setting(
    name="sentinel_masters",
    default=100,
    low=1,
    high=10_000,
    help="Most primaries of which a Sentinel is asked.",
)


@dataclass(frozen=True, slots=True)
class _Quorum:
    """What CKQUORUM says: whether a failover would be possible, and its words."""

    reached: bool
    message: str


async def collect(reader: Reader) -> Iterable[Item]:
    """Of a Sentinel alone; three short questions for each primary."""
    info = await reader.info()
    if not is_sentinel(info):
        return []
    result: list[Item] = [*samples(info, metrics.METRICS), *_lines(info)]
    tilt = info.fields.get("sentinel_tilt") == "1"
    if tilt:
        message = "sentinel in TILT (time jump): its answers are frozen, CKQUORUM not trusted"
        result.append(TILT.found(message))
    most = reader.options.value(SENTINEL_MASTERS)
    for reply in items(await reader.optional("SENTINEL", "MASTERS"))[:most]:
        result += await _primary(reader, _fields(reply), tilt=tilt)
    return result


def _lines(info: InfoReply) -> Iterable[Item]:
    """The ``masterN`` lines of INFO."""
    for name, line in info.sections.get("sentinel", {}).items():
        if not (name.startswith("master") and name[6:].isdecimal()):
            continue
        primary = parse_pairs(line)
        labels = (primary.get("name", ""), primary.get("address", ""))
        status = primary.get("status", "")
        yield Sample(metrics.STATUS, float(status == "ok"), (*labels, status))
        for pair, metric in metrics.FROM_INFO.items():
            value = number(primary, pair)
            if value is not None:
                yield Sample(metric, value, labels)


async def _primary(reader: Reader, primary: Mapping[str, str], *, tilt: bool) -> Iterable[Item]:
    name = primary.get("name", "")
    where = address(primary.get("ip", ""), primary.get("port", ""))
    labels = (name, where)
    usable = 1 + _up(await reader.optional("SENTINEL", "SENTINELS", name))
    slaves = _up(await reader.optional("SENTINEL", "SLAVES", name))
    quorum = await _ckquorum(reader, name)
    result: list[Item] = [
        Sample(metric, scaled(value, scale), labels)
        for field, (metric, scale) in metrics.FROM_MASTERS.items()
        if (value := number(primary, field)) is not None
    ]
    result.append(Sample(metrics.OK_SENTINELS, float(usable), labels))
    result.append(Sample(metrics.OK_SLAVES, float(slaves), labels))
    if quorum is not None:
        value = float(quorum.reached)
        result.append(Sample(metrics.CKQUORUM, value, (name, quorum.message)))
    if not tilt:
        result += _judged(primary, usable, quorum)
    return result


async def _ckquorum(reader: Reader, name: str) -> _Quorum | None:
    try:
        reply = text(await reader.optional("SENTINEL", "CKQUORUM", name))
    except Unavailable:
        return None
    except RedisFault as fault:
        # A quorum that is not there is told by an error reply.
        refusal = _REFUSAL.search(fault.failure.message)
        if fault.failure.nature is not Nature.REPLY or refusal is None:
            raise
        return _Quorum(reached=False, message=refusal[0][:_MESSAGE_LENGTH])
    return _Quorum(reached=True, message=reply[:_MESSAGE_LENGTH])


def _judged(primary: Mapping[str, str], usable: int, quorum: _Quorum | None) -> Iterable[Item]:
    name = primary.get("name", "")
    down = sorted({"s_down", "o_down"} & _flags(primary))
    possible = quorum is None or quorum.reached
    total = 1 + count(primary, "num-other-sentinels")
    if down:
        state = " and ".join(flag.replace("_", "") for flag in down)
        what = "a failover is due" if possible else "no quorum to fail over"
        yield SDOWN.found(f"sentinel reports primary {name} {state} and {what}")
    elif not possible:
        yield NOQUORUM.found(
            f"{usable} of {total} sentinels usable: primary {name} is up"
            " but no failover is possible"
        )


def _up(reply: object) -> int:
    """How many of the listed Sentinels or replicas are not down."""
    return sum(not {"s_down", "o_down"} & _flags(_fields(entry)) for entry in items(reply))


def _flags(fields: Mapping[str, str]) -> set[str]:
    return set(fields.get("flags", "").split(","))


def _fields(reply: object) -> dict[str, str]:
    return {text(name): text(value) for name, value in pairs(reply)}


_SENTINELS = frozenset({Server.SENTINEL})

PROBE = Probe(
    name="sentinel",
    summary="whether a Sentinel could fail over the primaries that it watches",
    interval=10.0,
    timeout=2.0,
    collect=collect,
    commands=(
        INFO_COMMAND,
        Command(
            "SENTINEL MASTERS",
            "about 20 µs a primary; on a Sentinel",
            optional=True,
            on=_SENTINELS,
        ),
        Command(
            "SENTINEL SENTINELS, SLAVES",
            "about 20 µs a primary; on a Sentinel",
            optional=True,
            on=_SENTINELS,
        ),
        Command(
            "SENTINEL CKQUORUM",
            "about 5 µs a primary; on a Sentinel",
            optional=True,
            on=_SENTINELS,
        ),
    ),
    metrics=metrics.ALL,
    conditions=(TILT, NOQUORUM, SDOWN),
    alerts=ALERTS,
    settings=(SENTINEL_MASTERS,),
)

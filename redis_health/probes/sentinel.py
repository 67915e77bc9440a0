"""SENTINEL: whether a Sentinel could fail over the primaries that it watches."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from redis_health.info import count, number, parse_pairs, samples, scaled
from redis_health.model import (
    Capability,
    Command,
    ErrorReply,
    InfoReply,
    Item,
    Probe,
    Reader,
    Sample,
    Server,
    Setting,
)
from redis_health.probes import _sentinel_metrics as metrics
from redis_health.probes._replies import items
from redis_health.probes._sentinel_alerts import ALERTS
from redis_health.probes._sentinel_conditions import NOQUORUM, SDOWN, TILT, no_quorum
from redis_health.probes._sentinel_replies import (
    Quorum,
    down_flags,
    fields_of,
    in_words,
    is_promotable,
    quorum_of,
)
from redis_health.probes._server import is_sentinel
from redis_health.probes._tables import INFO_COMMAND
from redis_health.probes._words import address

#: Primaries that one round trip asks of.
_AT_A_TIME = 100
#: A primary with the replies about its Sentinels, its replicas and its quorum.
Told = tuple[Mapping[str, str], object, object, object]

SENTINEL_MASTERS = Setting(
    name="sentinel_masters",
    default=100,
    low=1,
    high=10_000,
    help="Most primaries of which a Sentinel is asked.",
)


async def collect(reader: Reader) -> Iterable[Item]:
    """Of a Sentinel alone; three short questions for each primary, in one round trip."""
    info = await reader.info()
    if not is_sentinel(info):
        return []
    result: list[Item] = [*samples(info, metrics.METRICS), *_lines(info)]
    tilt = info.fields.get("sentinel_tilt") == "1"
    if tilt:
        message = "sentinel in TILT (time jump): its answers are frozen, CKQUORUM not trusted"
        result.append(TILT.found(message))
    most = reader.options.value(SENTINEL_MASTERS)
    masters = items(await reader.optional("SENTINEL", "MASTERS"))[:most]
    for told in await _of_primaries(reader, [fields_of(each) for each in masters]):
        result += _primary(told, tilt=tilt)
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


def _asked_of(primary: Mapping[str, str]) -> tuple[tuple[str, str, str], ...]:
    """What is asked about one primary."""
    name = primary.get("name", "")
    return tuple(("SENTINEL", word, name) for word in ("SENTINELS", "SLAVES", "CKQUORUM"))


async def _of_primaries(reader: Reader, known: Sequence[Mapping[str, str]]) -> Iterable[Told]:
    """What is told of each primary, in few round trips however many there are."""
    told: list[Told] = []
    for first in range(0, len(known), _AT_A_TIME):
        some = known[first : first + _AT_A_TIME]
        replies = await reader.several(*(words for each in some for words in _asked_of(each)))
        told += zip(some, *(iter(replies[at::3]) for at in range(3)), strict=True)
    return told


def _primary(told: Told, *, tilt: bool) -> Iterable[Item]:
    primary, sentinels, slaves, answer = told
    name = primary.get("name", "")
    labels = (name, address(primary.get("ip", ""), primary.get("port", "")))
    quorum = quorum_of(answer)
    for field, (metric, scale) in metrics.FROM_MASTERS.items():
        value = number(primary, field)
        if value is not None:
            yield Sample(metric, scaled(value, scale), labels)
    usable = None if isinstance(sentinels, ErrorReply) else 1 + _up(sentinels)
    if usable is not None:
        yield Sample(metrics.OK_SENTINELS, float(usable), labels)
    if not isinstance(slaves, ErrorReply):
        yield Sample(metrics.OK_SLAVES, float(_up(slaves)), labels)
    if quorum is not None:
        yield Sample(metrics.CKQUORUM, float(quorum.reached), (name, quorum.message))
    if tilt:
        return
    if down_flags(primary):
        yield _down(primary, quorum, slaves)
    elif quorum is not None and not quorum.reached:
        yield _no_quorum(primary, quorum.usable if usable is None else usable)


def _down(primary: Mapping[str, str], quorum: Quorum | None, slaves: object) -> Item:
    lost, what = None, "no quorum to fail over"
    if quorum is None or quorum.reached:
        what = "no replica to promote"
        if isinstance(slaves, ErrorReply) or any(map(is_promotable, items(slaves))):
            lost, what = frozenset[Capability](), "a failover is due"
    told = f"sentinel reports primary {primary.get('name', '')} {in_words(down_flags(primary))}"
    return SDOWN.found(f"{told} and {what}", lost=lost)


def _no_quorum(primary: Mapping[str, str], usable: int | None) -> Item:
    name, total = primary.get("name", ""), 1 + count(primary, "num-other-sentinels")
    return no_quorum(name, total, count(primary, "quorum")) or NOQUORUM.found(
        f"{usable or 1} of {total} sentinels usable:"
        f" primary {name} is up but no failover is possible"
    )


def _up(reply: object) -> int:
    """How many of the listed Sentinels or replicas are not down."""
    return sum(not down_flags(fields_of(entry)) for entry in items(reply))


_SENTINELS = frozenset({Server.SENTINEL})

PROBE = Probe(
    name="sentinel",
    summary="whether a Sentinel could fail over the primaries that it watches",
    interval=5.0,
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

"""What can be wrong with a primary: its replicas."""

from __future__ import annotations

from collections.abc import Iterable

from redis_health.errors import Unavailable
from redis_health.info import count, number
from redis_health.model import Capability, Condition, InfoReply, Item, Reader, Setting, Threshold
from redis_health.probes import _departed, _lag
from redis_health.probes._replication_metrics import slaves
from redis_health.probes._words import address, duration, plural, size

NOREPLICAS = Condition(
    code="NOREPLICAS",
    summary="too few good replicas, and writes are refused for it",
    advice="bring a replica back, or CONFIG SET min-replicas-to-write to what is left",
    lost=frozenset({Capability.WRITE}),
)
REPLICA_LAG_CONDITION = Condition(
    code="REPLICA_LAG",
    summary="a replica acknowledges late, or is far behind",
    advice="check that replica's load and network, and client-output-buffer-limit replica",
    lost=frozenset({Capability.REDUNDANCY}),
)
REPLICAS_MISSING = Condition(
    code="REPLICAS_MISSING",
    summary="fewer replicas are online than expected",
    advice="see INFO replication on this primary, and the missing replica's log",
    lost=frozenset({Capability.REDUNDANCY}),
    explains=frozenset({"REPLICA_LOST"}),
)
REPLICA_LAG = Threshold(
    name="replica_lag",
    condition=REPLICA_LAG_CONDITION,
    enter=30.0,
    leave=10.0,
    unit="seconds",
    help="Age of a replica's data: the time since its last acknowledgement, or since the primary"
    " stood where that is; the worst among the online replicas of a primary.",
)
EXPECT_REPLICAS = Setting(
    name="expect_replicas", default=0, high=10_000, help="Replicas that a primary must have."
)
THRESHOLDS = (REPLICA_LAG,)
CONDITIONS = (
    NOREPLICAS,
    REPLICA_LAG_CONDITION,
    REPLICAS_MISSING,
    *_departed.CONDITIONS,
)


async def judged(info: InfoReply, reader: Reader) -> Iterable[Item]:
    """Everything that is wrong with the replicas."""
    online = [slave for slave in slaves(info) if slave.get("state") == "online"]
    known = _lag.offsets(info, reader.last)
    late = _late(online, known, now=info.observed)
    result: list[Item] = [*_lag.facts(known), *late, *await _good(info, reader)]
    expected = reader.options.value(EXPECT_REPLICAS)
    result += _departed.judged(info, online, reader.last)
    if len(online) < expected:
        message = f"{len(online)} of {plural(expected, 'expected replica')} online"
        result.append(REPLICAS_MISSING.found(message))
    return result


def _late(online: list[dict[str, str]], known: _lag.Offsets, *, now: float) -> Iterable[Item]:
    told = [each for slave in online for each in _of_one(slave, known, now=now)]
    if told:
        seconds, message = max(told)
        yield REPLICA_LAG.read(seconds, message)


def _of_one(
    slave: dict[str, str], known: _lag.Offsets, *, now: float
) -> Iterable[tuple[float, str]]:
    where = address(slave.get("ip", "?"), slave.get("port", "?"))
    silent, offset = number(slave, "lag") or 0.0, number(slave, "offset")
    yield silent, f"replica {where} last acknowledged {duration(silent)} ago"
    # Until the first acknowledgement on a new link the offset is 0, and the lag counts from there.
    if offset:
        seconds, lacking = known.behind(offset, now=now)
        yield seconds, f"replica {where} is {duration(seconds)} behind ({size(lacking)})"


async def _good(info: InfoReply, reader: Reader) -> Iterable[Item]:
    # The field is only there while min-replicas-to-write is in force.
    good = number(info.fields, "min_slaves_good_slaves")
    if good is None:
        return []
    try:
        # Younger than a round, or the last round's would be judged by.
        required = count(await reader.config(max_age=1.0), "min-replicas-to-write")
    except Unavailable:
        required = 1
    if good >= required:
        return []
    return [
        NOREPLICAS.found(
            f"{plural(good, 'good replica')}, {required} required:"
            " writes are refused with NOREPLICAS; reads work"
        )
    ]

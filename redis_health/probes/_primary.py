"""What can be wrong with a primary: its replicas."""

from __future__ import annotations

from collections.abc import Iterable

from redis_health.errors import Unavailable
from redis_health.info import count, number
from redis_health.model import Capability, Condition, InfoReply, Item, Reader, Setting, Threshold
from redis_health.probes import _departed
from redis_health.probes._replication_metrics import slaves
from redis_health.probes._words import address, duration, plural

NOREPLICAS = Condition(
    code="NOREPLICAS",
    summary="too few good replicas, and writes are refused for it",
    advice="bring a replica back, or CONFIG SET min-replicas-to-write to what is left",
    lost=frozenset({Capability.WRITE}),
)
REPLICA_LAG_CONDITION = Condition(
    code="REPLICA_LAG",
    summary="a replica acknowledges late",
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
    help="Worst time since the last acknowledgement among the online replicas of a primary.",
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
    result: list[Item] = [*_lag(online), *await _good(info, reader)]
    expected = reader.options.value(EXPECT_REPLICAS)
    result += _departed.judged(info, online, reader.last)
    if len(online) < expected:
        message = f"{len(online)} of {plural(expected, 'expected replica')} online"
        result.append(REPLICAS_MISSING.found(message))
    return result


def _lag(online: list[dict[str, str]]) -> Iterable[Item]:
    lags = [(number(slave, "lag") or 0.0, slave) for slave in online]
    if lags:
        lag, slave = max(lags, key=lambda pair: pair[0])
        where = address(slave.get("ip", "?"), slave.get("port", "?"))
        yield REPLICA_LAG.read(lag, f"replica {where} last acknowledged {duration(lag)} ago")


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

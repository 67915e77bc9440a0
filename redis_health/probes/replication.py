"""INFO replication: the role, and whether data flow to where they should."""

from __future__ import annotations

from collections.abc import Iterable

from redis_health.info import samples
from redis_health.model import Capability, Condition, Fact, InfoReply, Item, Probe, Reader
from redis_health.probes import _primary, _replica
from redis_health.probes._replication_alerts import ALERTS, RECORDINGS
from redis_health.probes._replication_metrics import ALL, METRICS, link_samples, slave_samples
from redis_health.probes._tables import CONFIG_COMMAND, INFO_COMMAND

ROLE_MISMATCH = Condition(
    code="ROLE_MISMATCH",
    summary="the server is not in the role that is expected of it",
    advice="REPLICAOF NO ONE here, or point the clients to the present primary",
    lost=frozenset({Capability.ROLE}),
)


async def collect(reader: Reader) -> Iterable[Item]:
    """From the shared INFO; CONFIG only while the link is down or replicas are required."""
    info = await reader.info()
    role = info.fields.get("role")
    result: list[Item] = [*samples(info, METRICS), *link_samples(info), *slave_samples(info)]
    result.append(Fact("role", role))
    result.append(Fact("run_id", info.fields.get("run_id")))
    if role == "slave":
        result += await _replica.judged(info, reader)
    elif role == "master":
        result += await _primary.judged(info, reader)
    result += _role(info, reader.options.expect_role)
    return result


def _role(info: InfoReply, expected: str | None) -> Iterable[Item]:
    role = info.fields.get("role")
    if expected is None or role is None or role == expected:
        return
    if role == "slave":
        yield ROLE_MISMATCH.found(
            f"expected a primary, this is a replica of {_replica.primary_address(info)}:"
            " writes fail READONLY"
        )
    else:
        yield ROLE_MISMATCH.found(
            f"expected a replica, this is a {_PEOPLE.get(role, role)}",
            advice="REPLICAOF the primary; two primaries lose writes",
        )


_PEOPLE = {"master": "primary"}

PROBE = Probe(
    name="replication",
    summary="the role, and whether data flow to where they should",
    interval=5.0,
    timeout=2.0,
    collect=collect,
    commands=(INFO_COMMAND, CONFIG_COMMAND),
    metrics=ALL,
    thresholds=(*_replica.THRESHOLDS, *_primary.THRESHOLDS),
    conditions=(*_replica.CONDITIONS, *_primary.CONDITIONS, ROLE_MISMATCH),
    recordings=RECORDINGS,
    alerts=ALERTS,
    settings=(_primary.EXPECT_REPLICAS,),
)

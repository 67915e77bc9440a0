"""CLUSTER INFO: whether the cluster serves all of its slots."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from redis_health.errors import Unavailable
from redis_health.info import count, number, parse_info, samples
from redis_health.model import (
    Alert,
    Command,
    Condition,
    Item,
    Occasion,
    Probe,
    Reader,
    Urgency,
)
from redis_health.probes._cluster_metrics import METRICS
from redis_health.probes._replies import text
from redis_health.probes._tables import INFO_COMMAND
from redis_health.probes._words import plural
from redis_health.replies import conditions

_SLOTS = 16384
#: Failed nodes that a message names.
_NAMED = 3
#: Seconds for which INFO is good enough to tell a node of a cluster from another server.
_MODE_AGE = 4.5

SLOTS_FAIL = Condition(
    code="SLOTS_FAIL",
    summary="a part of the cluster's slots has no live primary",
    advice=(
        "restart the failed node, or promote its replica with CLUSTER FAILOVER TAKEOVER;"
        " redis-cli --cluster fix assigns slots that nobody has"
    ),
)
SLOTS_PFAIL = Condition(
    code="SLOTS_PFAIL",
    summary="this node cannot reach the primary of some slots, and the others have not agreed yet",
    advice="wait for cluster-node-timeout; if it stays, check the network of the cluster bus",
)


ALERTS = (
    Alert(
        name="RedisClusterDown",
        expr="redis_cluster_state == 0",
        severity=Urgency.CRITICAL,
        for_=30,
        summary="The Redis cluster is down, says {{ $labels.instance }}",
        description=(
            "cluster_state is fail ({{ $value }}): this node refuses commands with CLUSTERDOWN."
        ),
    ),
    Alert(
        name="RedisClusterSlotsLost",
        expr=(
            "redis_cluster_slots_fail + (16384 - redis_cluster_slots_assigned) > 0\n"
            "unless redis_cluster_state == 0"
        ),
        severity=Urgency.CRITICAL,
        for_=30,
        summary="Slots of the Redis cluster have no primary, says {{ $labels.instance }}",
        description=(
            "{{ $value }} of 16384 slots have no live primary, and cluster_state says ok:"
            " the keys in them are neither read nor written."
        ),
    ),
    Alert(
        name="RedisClusterSlotsSuspected",
        expr="redis_cluster_slots_pfail > 0",
        severity=Urgency.WARNING,
        for_=60,
        summary="{{ $labels.instance }} does not reach other nodes of its Redis cluster",
        description=(
            "The primary of {{ $value }} slots does not answer this node, and the other nodes"
            " have not confirmed that it failed."
        ),
    ),
)


async def collect(reader: Reader) -> Iterable[Item]:
    """Of a cluster node alone; CLUSTER NODES only to name who failed."""
    # Asked each second: a shard that died is only suspected for one or two of them.
    info = await reader.info(max_age=_MODE_AGE)
    if info.fields.get("cluster_enabled") != "1":
        return []
    reply = text(await reader.optional("CLUSTER", "INFO"))
    cluster = parse_info(reply, observed=reader.now(), seconds=0.0)
    return [*samples(cluster, METRICS), *await _judged(reader, cluster.fields)]


async def _judged(reader: Reader, fields: Mapping[str, str]) -> Iterable[Item]:
    failed, suspected = count(fields, "cluster_slots_fail"), count(fields, "cluster_slots_pfail")
    if fields.get("cluster_state") == "fail":
        return [conditions.CLUSTERDOWN.found(await _why(reader, fields, failed))]
    assigned = number(fields, "cluster_slots_assigned")
    missing = 0 if assigned is None else _SLOTS - int(assigned)
    if failed or missing:
        message = f"{_part(failed + missing)} unavailable; cluster_state says ok"
        if missing:
            message += f"; {missing} assigned to nobody"
        return [SLOTS_FAIL.found(message + (await _culprits(reader) if failed else ""))]
    if suspected:
        return [SLOTS_PFAIL.found(f"{plural(suspected, 'slot')} suspected")]
    return []


def _part(slots: int) -> str:
    return f"{slots}/{_SLOTS} slots ({max(slots / _SLOTS, 0.01):.0%})"


async def _why(reader: Reader, fields: Mapping[str, str], failed: int) -> str:
    assigned = count(fields, "cluster_slots_assigned")
    if assigned < _SLOTS:
        message = f"cluster_state fail: {assigned}/{_SLOTS} slots assigned"
        if not assigned and fields.get("cluster_known_nodes") == "1":
            # What CLUSTER RESET leaves.
            message += ", and this node knows no other"
        if failed:
            message += f"; {plural(failed, 'slot')} have no live primary{await _culprits(reader)}"
        return message
    if failed:
        who = await _culprits(reader)
        return f"cluster down: {plural(failed, 'slot')} have no live primary{who}"
    return "cluster_state fail: this node does not reach the majority of the primaries"


async def _culprits(reader: Reader) -> str:
    """The failed primaries with slots, in parentheses; empty where nobody tells."""
    try:
        lines = text(await reader.optional("CLUSTER", "NODES")).splitlines()
    except Unavailable:
        return ""
    failed = [address for line in lines if (address := _failed_primary(line))]
    more = ", …" if len(failed) > _NAMED else ""
    return f" ({', '.join(failed[:_NAMED])}{more} failed)" if failed else ""


def _failed_primary(line: str) -> str | None:
    match line.split():
        case [_, address, flags, _, _, _, _, _, _slots, *_]:
            if {"master", "fail"} <= set(flags.split(",")):
                return address.partition("@")[0]
    return None


PROBE = Probe(
    name="cluster",
    summary="whether the cluster serves all of its slots",
    interval=1.0,
    timeout=1.0,
    collect=collect,
    commands=(
        INFO_COMMAND,
        Command(
            "CLUSTER INFO",
            "about 10 µs, 0.5 KB; on a cluster node",
            optional=True,
            occasion=Occasion.CLUSTER,
        ),
        Command(
            "CLUSTER NODES",
            "about 0.1 KB a node; only while slots have failed",
            optional=True,
            occasion=Occasion.CLUSTER,
        ),
    ),
    metrics=METRICS,
    conditions=(conditions.CLUSTERDOWN, SLOTS_FAIL, SLOTS_PFAIL),
    alerts=ALERTS,
)

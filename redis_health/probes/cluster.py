"""CLUSTER INFO: whether the cluster serves all of its slots."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from redis_health.errors import Unavailable
from redis_health.info import count, parse_info, samples
from redis_health.model import (
    Alert,
    Command,
    Condition,
    InfoReply,
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
#: The section in which newer Valkey repeats CLUSTER INFO.
_SECTION = "cluster info"

SLOTS_FAIL = Condition(
    code="SLOTS_FAIL",
    summary="a part of the cluster's slots has no live primary",
    advice="restart the failed node, or promote its replica with CLUSTER FAILOVER TAKEOVER",
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
    info = await reader.info()
    if info.fields.get("cluster_enabled") != "1":
        return []
    cluster = await _cluster_info(reader, info)
    return [*samples(cluster, METRICS), *await _judged(reader, cluster.fields)]


async def _cluster_info(reader: Reader, info: InfoReply) -> InfoReply:
    section = info.sections.get(_SECTION)
    if section:
        return InfoReply(section, {_SECTION: section}, info.observed, info.seconds)
    reply = text(await reader.optional("CLUSTER", "INFO"))
    return parse_info(reply, observed=reader.now(), seconds=0.0)


async def _judged(reader: Reader, fields: Mapping[str, str]) -> Iterable[Item]:
    assigned, failed = count(fields, "cluster_slots_assigned"), count(fields, "cluster_slots_fail")
    suspected = count(fields, "cluster_slots_pfail")
    if fields.get("cluster_state") == "fail":
        return [conditions.CLUSTERDOWN.found(await _why(reader, assigned, failed))]
    if failed:
        message = (
            f"{failed}/{_SLOTS} slots ({failed / _SLOTS:.0%}) unavailable; cluster_state says ok"
        )
        return [SLOTS_FAIL.found(message + await _culprits(reader))]
    if suspected:
        return [SLOTS_PFAIL.found(f"{plural(suspected, 'slot')} suspected")]
    return []


async def _why(reader: Reader, assigned: int, failed: int) -> str:
    if assigned < _SLOTS:
        return f"cluster_state fail: {assigned}/{_SLOTS} slots assigned"
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
    interval=5.0,
    timeout=2.0,
    collect=collect,
    commands=(
        INFO_COMMAND,
        Command(
            "CLUSTER INFO",
            "about 10 µs, 0.5 KB; on a cluster node, and not where INFO has it",
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

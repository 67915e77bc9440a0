"""Faults of a Cluster, seen from one of its nodes."""

from __future__ import annotations

from functools import partial

from tests.faults import inject_cluster
from tests.faults.fault import Fault, Group

_fault = partial(Fault, group=Group.CLUSTER)
_CLUSTER = {"cluster-enabled": "yes"}

CLUSTER = (
    _fault(
        row=62,
        name="cluster node without slots",
        inject=inject_cluster.no_slots,
        code="CLUSTERDOWN",
        state="down",
        config=_CLUSTER,
        at_start=True,
        told="0/16384 slots",
        advised="redis-cli --cluster check",
    ),
    _fault(
        row=62,
        name="slot that no node has",
        prepare=inject_cluster.all_slots,
        inject=inject_cluster.slot_taken,
        code="CLUSTERDOWN",
        state="down",
        config=_CLUSTER,
        told="16383/16384 slots",
        advised="redis-cli --cluster check",
    ),
    _fault(
        row=63,
        name="shard dead, full coverage",
        prepare=inject_cluster.three_nodes(full_coverage=True),
        inject=inject_cluster.shard_dead,
        code="CLUSTERDOWN",
        state="down",
        # The nodes take their node-timeout of 2 s, and their gossip, to agree.
        within=2.0 + 2.0 + 7.6,
        told="5461 slots",
        advised="redis-cli --cluster check",
        seconds=30.0,
    ),
    _fault(
        row=64,
        name="shard dead, partial coverage",
        prepare=inject_cluster.three_nodes(full_coverage=False),
        inject=inject_cluster.shard_dead,
        code="SLOTS_FAIL",
        state="degraded",
        within=2.0 + 2.0 + 7.6,
        told="5461",
        advised="restart the failed node",
        seconds=30.0,
    ),
    _fault(
        row=65,
        name="shard suspected, the others have not agreed",
        prepare=inject_cluster.three_nodes(full_coverage=True),
        inject=inject_cluster.shard_suspected,
        code="SLOTS_PFAIL",
        state="degraded",
        within=2.0 + 2.0 + 7.6,
        told="5461",
        advised="wait for cluster-node-timeout",
        seconds=30.0,
    ),
)

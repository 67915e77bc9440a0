"""Damage to a Cluster."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from tests.faults.fault import Prepare
from tests.faults.lab import Lab
from tests.ports import poll
from tests.servers import RedisServer

_NODE_TIMEOUT = 2000
_PATIENCE = 15.0


@contextlib.contextmanager
def no_slots(lab: Lab) -> Iterator[None]:
    """A node that has no slots, and knows nobody who has."""
    yield
    all_slots(lab)


def all_slots(lab: Lab) -> None:
    """A Cluster of one node."""
    lab.server.call("CLUSTER", "ADDSLOTSRANGE", 0, 16383)
    assert poll(lambda: _is_ok(lab.server), within=_PATIENCE)


def _is_ok(server: RedisServer) -> bool:
    return "cluster_state:ok" in server.call("CLUSTER", "INFO")


@contextlib.contextmanager
def slot_taken(lab: Lab) -> Iterator[None]:
    """One slot belongs to nobody."""
    lab.server.call("CLUSTER", "DELSLOTS", 0)
    yield
    lab.server.call("CLUSTER", "ADDSLOTS", 0)


def three_nodes(*, full_coverage: bool) -> Prepare:
    """Three primaries, of which the first is watched."""

    def prepare(lab: Lab) -> None:
        lab.add_cluster(node_timeout=_NODE_TIMEOUT, full_coverage=full_coverage)

    return prepare


@contextlib.contextmanager
def shard_dead(lab: Lab) -> Iterator[None]:
    """Another node has crashed."""
    node = lab.cluster.nodes[1]
    node.kill()
    yield
    node.start()
    lab.cluster.wait_ok()


@contextlib.contextmanager
def shard_suspected(lab: Lab) -> Iterator[None]:
    """Another node has crashed, and the third takes long to see it."""
    _, dead, patient = lab.cluster.nodes
    patient.call("CONFIG", "SET", "cluster-node-timeout", 600_000)
    dead.kill()
    yield
    patient.call("CONFIG", "SET", "cluster-node-timeout", _NODE_TIMEOUT)
    dead.start()
    lab.cluster.wait_ok()

"""Every server of the matrix as a primary, a replica and a cluster node, and a Sentinel."""

from __future__ import annotations

import concurrent.futures
import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.kinds import DEFAULT_KIND, MATRIX
from tests.peer.load import replicated, use
from tests.peer.observation import Observation, observe
from tests.ports import poll
from tests.servers import RedisServer

ROLES = ("primary", "replica", "cluster")
SENTINEL = "sentinel"
OBSERVED = [*(f"{kind} {role}" for kind in MATRIX for role in ROLES), SENTINEL]
#: So that nothing but the two exporters moves anything: no PING down the replication link.
PRIMARY: dict[str, str | int] = {"appendonly": "yes", "repl-ping-replica-period": 3600}
CLUSTER: dict[str, str | int] = {"cluster-enabled": "yes"}
_SLOTS = 16384


@pytest.fixture(scope="session")
def observations(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Observation]:
    """Both exporters beside each of them."""
    found: dict[str, Observation] = {}
    for kind in MATRIX:
        with (
            contextlib.ExitStack() as stack,
            concurrent.futures.ThreadPoolExecutor() as pool,
        ):
            primary, replica = stack.enter_context(pair(kind))
            node = stack.enter_context(cluster_node(kind))
            servers = {
                f"{kind} {role}": server
                for role, server in zip(ROLES, (primary, replica, node), strict=True)
            }
            found.update(zip(servers, pool.map(observe, servers.values()), strict=True))
    # A Sentinel publishes on what it watches, so that needs a primary of its own.
    with (
        pair(DEFAULT_KIND) as (primary, _),
        sentinel(primary, tmp_path_factory.mktemp(SENTINEL)) as watcher,
    ):
        found[SENTINEL] = observe(watcher)
    return found


@pytest.fixture(params=OBSERVED)
def observed(request: pytest.FixtureRequest, observations: dict[str, Observation]) -> Observation:
    """Each of them in turn."""
    return observations[request.param]


@contextlib.contextmanager
def pair(kind: str) -> Iterator[tuple[RedisServer, RedisServer]]:
    """A primary that has seen use, and its replica."""
    threads = {"io-threads": 2} if kind == "valkey-9.1" else {}
    with RedisServer(kind, config={**PRIMARY, **threads}) as primary:
        use(primary)
        config = {"replicaof": f"127.0.0.1 {primary.port}"}
        with RedisServer(kind, config=config) as replica:
            assert poll(lambda: replicated(primary), within=20.0), primary.info("replication")
            yield primary, replica


@contextlib.contextmanager
def cluster_node(kind: str) -> Iterator[RedisServer]:
    """A cluster of one node, all slots served."""
    with RedisServer(kind, config=CLUSTER) as node:
        node.call("CLUSTER", "ADDSLOTS", *range(_SLOTS))
        assert poll(lambda: "cluster_state:ok" in node.call("CLUSTER", "INFO"), within=20.0)
        yield node


@contextlib.contextmanager
def sentinel(primary: RedisServer, directory: Path) -> Iterator[RedisServer]:
    """A Sentinel that watches a primary and has found its replica."""
    file = directory / "sentinel.conf"
    file.write_text(f"sentinel monitor mymaster 127.0.0.1 {primary.port} 1\n")
    with RedisServer(DEFAULT_KIND, str(file), "--sentinel") as watcher:
        assert poll(lambda: "slaves=1" in watcher.info("sentinel")["master0"], within=30.0)
        yield watcher

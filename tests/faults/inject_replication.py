"""Damage between a primary and its replica."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterator

from tests.faults.fault import Inject, Prepare
from tests.faults.inject import config_set
from tests.faults.lab import Lab
from tests.ports import free_port, poll
from tests.servers import RedisServer

_PATIENCE = 15.0


def replica(**config: str | int) -> Prepare:
    """The watched server is the replica of a primary with this configuration, the link up."""

    def prepare(lab: Lab) -> None:
        _attach(lab.server, lab.add_server(**config))

    return prepare


def replica_with_data(lab: Lab) -> None:
    """The watched server is the replica of a primary that has data, in memory alone."""
    primary = lab.add_server(enable_debug_command="yes")
    primary.call("DEBUG", "POPULATE", 1000)
    _attach(lab.server, primary)
    assert lab.server.call("DBSIZE") == 1000


@contextlib.contextmanager
def primary_restarted_empty(lab: Lab) -> Iterator[None]:
    """The primary comes back without its data, and the replica takes over what it has."""
    (primary,) = lab.others
    primary.restart()
    yield
    primary.call("EVAL", "for i = 1, 1000 do redis.call('SET', 'key:' .. i, 'value') end", 0)


def replica_of_replica(lab: Lab) -> None:
    """The watched server is the replica of one that is a replica itself."""
    first, between = lab.add_server(), lab.add_server()
    _attach(between, first)
    _attach(lab.server, between)


def primary(lab: Lab) -> None:
    """The watched server is the primary of a replica, the link up."""
    _attach(lab.add_server(), lab.server)


def _attach(replica: RedisServer, primary: RedisServer) -> None:
    replica.call("REPLICAOF", "127.0.0.1", primary.port)
    assert poll(lambda: _linked(replica), within=_PATIENCE, every=0.05)


def _linked(replica: RedisServer) -> bool:
    return replica.info("replication").get("master_link_status") == "up"


def primary_killed(*, serves_stale: bool) -> Inject:
    """The primary has crashed."""

    @contextlib.contextmanager
    def inject(lab: Lab) -> Iterator[None]:
        allowed = "yes" if serves_stale else "no"
        lab.server.call("CONFIG", "SET", "replica-serve-stale-data", allowed)
        lab.others[0].kill()
        yield
        lab.others[0].start()

    return inject


@contextlib.contextmanager
def primary_frozen(lab: Lab) -> Iterator[None]:
    """The primary says nothing any more, while the link looks up."""
    with lab.others[0].frozen():
        yield


@contextlib.contextmanager
def primary_refuses(lab: Lab) -> Iterator[None]:
    """A replica that has not the password of its primary."""
    primary = lab.add_server(requirepass="secret")
    lab.server.call("REPLICAOF", "127.0.0.1", primary.port)
    yield
    lab.server.call("CONFIG", "SET", "masterauth", "secret")


@contextlib.contextmanager
def replica_frozen(lab: Lab) -> Iterator[None]:
    """The only replica acknowledges nothing any more."""
    limits = config_set(lab.server, min_replicas_max_lag=2, min_replicas_to_write=1)
    with limits, lab.others[0].frozen():
        yield


@contextlib.contextmanager
def failover_waits(lab: Lab) -> Iterator[None]:
    """FAILOVER, while the replica is behind: writes are held back until it is not."""
    with lab.others[0].frozen():
        lab.server.call("SET", "key", "value")
        lab.server.call("FAILOVER")
        yield
        lab.server.call("FAILOVER", "ABORT")


@contextlib.contextmanager
def shutdown_waits(lab: Lab) -> Iterator[None]:
    """SIGTERM, while the replica is behind: writes are held back until it is not."""
    with lab.others[0].frozen():
        lab.server.call("SET", "key", "value")
        os.kill(lab.server.pid, signal.SIGTERM)
        yield
        lab.server.call("SHUTDOWN", "ABORT")


@contextlib.contextmanager
def primary_unreachable(lab: Lab) -> Iterator[None]:
    """A replica of nobody."""
    lab.server.call("REPLICAOF", "127.0.0.1", free_port())
    yield
    lab.server.call("REPLICAOF", "NO", "ONE")


@contextlib.contextmanager
def demoted(lab: Lab) -> Iterator[None]:
    """The server has become a replica, of a primary that is well."""
    _attach(lab.server, lab.add_server())
    yield
    lab.server.call("REPLICAOF", "NO", "ONE")


@contextlib.contextmanager
def synchronising(lab: Lab) -> Iterator[None]:
    """A first copy of the primary's data that takes about 9 s."""
    primary = lab.add_server(enable_debug_command="yes", rdb_key_save_delay=300)
    primary.call("DEBUG", "POPULATE", 30000)
    lab.server.call("REPLICAOF", "127.0.0.1", primary.port)
    yield


@contextlib.contextmanager
def loading_beside(lab: Lab) -> Iterator[None]:
    """A new copy of the data, read while the replica serves the old one.

    The replica has missed more than the primary's backlog holds, so it needs all of it again.
    """
    primary = lab.others[0]
    primary.call("DEBUG", "POPULATE", 20000)
    with config_set(lab.server, key_load_delay=400):
        with lab.server.frozen():
            for number in range(64):
                primary.call("SET", f"large:{number}", "x" * 1_000_000)
            alone = ("connected_slaves", "0")
            assert poll(lambda: alone in primary.info("replication").items(), within=_PATIENCE)
            primary.call("FLUSHALL")
            primary.call("DEBUG", "POPULATE", 20000)
        loads = ("async_loading", "1")
        assert poll(lambda: loads in lab.server.info("persistence").items(), within=_PATIENCE)
        yield

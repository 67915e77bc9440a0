"""Damage between a primary and its replica."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from tests.e2e.inject import config_set
from tests.e2e.lab import Inject, Lab
from tests.ports import free_port, poll
from tests.servers import RedisServer

_PATIENCE = 15.0


def attached(lab: Lab, **config: str | int) -> RedisServer:
    """A primary of which the watched server becomes a replica, the link up."""
    primary = lab.add_server(**config)
    lab.server.call("REPLICAOF", "127.0.0.1", primary.port)
    assert poll(lambda: _linked(lab.server), within=_PATIENCE, every=0.05)
    lab.wait_up()
    return primary


def _linked(replica: RedisServer) -> bool:
    return replica.info("replication").get("master_link_status") == "up"


def primary_killed(*, serves_stale: bool) -> Inject:
    """A replica whose primary has crashed."""

    @contextlib.contextmanager
    def inject(lab: Lab) -> Iterator[None]:
        primary = attached(lab)
        allowed = "yes" if serves_stale else "no"
        lab.server.call("CONFIG", "SET", "replica-serve-stale-data", allowed)
        primary.kill()
        yield
        primary.start()

    return inject


@contextlib.contextmanager
def primary_frozen(lab: Lab) -> Iterator[None]:
    """A replica whose primary says nothing any more, while the link looks up."""
    primary = attached(lab, repl_ping_replica_period=1)
    with primary.frozen():
        yield


@contextlib.contextmanager
def primary_unreachable(lab: Lab) -> Iterator[None]:
    """A replica of nobody."""
    lab.server.call("REPLICAOF", "127.0.0.1", free_port())
    yield
    lab.server.call("REPLICAOF", "NO", "ONE")


@contextlib.contextmanager
def demoted(lab: Lab) -> Iterator[None]:
    """The server has become a replica, of a primary that is well."""
    primary = lab.add_server()
    lab.server.call("REPLICAOF", "127.0.0.1", primary.port)
    assert poll(lambda: _linked(lab.server), within=_PATIENCE, every=0.05)
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
    primary = attached(
        lab,
        enable_debug_command="yes",
        repl_backlog_size="16kb",
        client_output_buffer_limit="replica 1mb 1mb 1",
    )
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

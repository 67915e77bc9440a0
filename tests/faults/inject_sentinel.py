"""Damage to Sentinels, and what they decide."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from tests.faults.lab import Lab
from tests.ports import poll
from tests.resp import ReplyError
from tests.servers import RedisServer

_PATIENCE = 30.0
#: Seconds after which a Sentinel that stood still takes its clock for broken (2 s), and a little.
_TILTS = 3.0


def watched_by_sentinels(lab: Lab) -> None:
    """The service watches a primary, and asks its Sentinels too."""
    lab.add_sentinels()
    trio = lab.sentinels
    lab.arguments += ["--sentinels", trio.addresses, "--sentinel-master", trio.name]


def a_sentinel(lab: Lab) -> None:
    """The service watches a Sentinel."""
    lab.add_sentinels()
    lab.url = lab.sentinels.sentinels[0].url


@contextlib.contextmanager
def split_brain(lab: Lab) -> Iterator[None]:
    """The primary comes back after the failover, and takes writes until it is told."""
    trio = lab.sentinels
    with trio.primary.frozen():
        trio.wait_primary(trio.replica, within=_PATIENCE)
    yield
    assert poll(lambda: not _is_primary(trio.primary), within=_PATIENCE, every=0.05)


@contextlib.contextmanager
def failed_over(lab: Lab) -> Iterator[None]:
    """The old primary has become a replica, and the service is pinned to it."""
    with split_brain(lab):
        pass
    yield


def _is_primary(server: RedisServer) -> bool:
    return server.info("replication")["role"] == "master"


@contextlib.contextmanager
def quorum_lost(lab: Lab) -> Iterator[None]:
    """Two of three Sentinels are gone, and the third has noticed."""
    last, *others = lab.sentinels.sentinels
    for sentinel in others:
        sentinel.kill()
    lost = "NOQUORUM"
    assert poll(lambda: _quorum(last, lab.sentinels.name).startswith(lost), within=_PATIENCE)
    yield
    for sentinel in others:
        sentinel.start()
    lab.sentinels.wait_ready()


def _quorum(sentinel: RedisServer, name: str) -> str:
    try:
        return str(sentinel.call("SENTINEL", "CKQUORUM", name))
    except ReplyError as refusal:
        return str(refusal)


@contextlib.contextmanager
def tilted(lab: Lab) -> Iterator[None]:
    """A Sentinel stood still, so that it trusts its own clock no more, for 30 s."""
    sentinel = lab.sentinels.sentinels[0]
    with sentinel.frozen():
        assert not poll(lambda: not sentinel.running, within=_TILTS, every=0.1)
    assert poll(lambda: sentinel.info("sentinel")["sentinel_tilt"] == "1", within=_PATIENCE)
    yield


@contextlib.contextmanager
def primary_dead_without_quorum(lab: Lab) -> Iterator[None]:
    """The primary crashes while one Sentinel is left, which can do nothing about it."""
    trio = lab.sentinels
    with quorum_lost(lab):
        trio.primary.kill()
        trio.wait_flags("s_down", trio.sentinels[0])
        yield
        trio.primary.start()


@contextlib.contextmanager
def made_a_replica_of_a_stranger(lab: Lab) -> Iterator[None]:
    """The primary that the Sentinels name copies the data of a server that nobody knows."""
    stranger = lab.add_server()
    lab.server.call("REPLICAOF", "127.0.0.1", stranger.port)
    yield
    lab.server.call("REPLICAOF", "NO", "ONE")


@contextlib.contextmanager
def nobody_to_promote(lab: Lab) -> Iterator[None]:
    """The only replica has crashed, and so does the primary; the quorum is there."""
    trio = lab.sentinels
    trio.replica.kill()
    assert poll(lambda: _replica_is_down(lab), within=_PATIENCE)
    trio.primary.kill()
    trio.wait_flags("o_down", trio.sentinels[0])
    yield
    trio.primary.start()
    trio.replica.start()


def _replica_is_down(lab: Lab) -> bool:
    return "s_down" in str(
        lab.sentinels.sentinels[0].call("SENTINEL", "SLAVES", lab.sentinels.name)
    )

"""Damage to memory, and what only looks like it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from tests.faults.fault import Inject
from tests.faults.inject import config_set
from tests.faults.lab import Lab
from tests.ports import poll
from tests.resp import ask

_PATIENCE = 15.0


def out_of_memory(policy: str) -> Inject:
    """More data than ``maxmemory``, and nothing may be evicted."""

    @contextlib.contextmanager
    def inject(lab: Lab) -> Iterator[None]:
        lab.server.call("DEBUG", "POPULATE", 5000, "key", 1024)
        with config_set(lab.server, maxmemory_policy=policy, maxmemory="4mb"):
            yield

    return inject


@contextlib.contextmanager
def nearly_out_of_memory(lab: Lab) -> Iterator[None]:
    """92 % of ``maxmemory`` in use, and nothing may be evicted."""
    lab.server.call("DEBUG", "POPULATE", 20000, "key", 1024)
    used = int(lab.server.info("memory")["used_memory"])
    with config_set(lab.server, maxmemory=int(used / 0.92)):
        yield


@contextlib.contextmanager
def full_cache(lab: Lab) -> Iterator[None]:
    """A cache that evicts, as it should."""
    lab.server.call("CONFIG", "SET", "maxmemory-policy", "allkeys-lru")
    used = int(lab.server.info("memory")["used_memory"])
    lab.server.call("CONFIG", "SET", "maxmemory", used + 200_000)
    with lab.server.connect() as connection:
        for number in range(500):
            ask(connection, "SET", f"key:{number}", "x" * 1000)
    assert int(lab.server.info("stats")["evicted_keys"]) > 0
    yield


@contextlib.contextmanager
def replica_beyond_maxmemory(lab: Lab) -> Iterator[None]:
    """A replica with less memory allowed than its primary's data take: it leaves that to it."""
    primary = lab.others[0]
    for number in range(8):
        primary.call("SET", f"large:{number}", "x" * 1_000_000)
    assert poll(lambda: lab.server.call("DBSIZE") == 8, within=_PATIENCE)
    with config_set(lab.server, maxmemory="4mb"):
        yield

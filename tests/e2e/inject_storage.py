"""Damage to what Redis keeps: the data set, its files, its memory."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from tests.e2e.inject import config_set
from tests.e2e.lab import Inject, Lab
from tests.ports import poll
from tests.resp import ask
from tests.servers import RedisServer

_PATIENCE = 15.0


@contextlib.contextmanager
def restarted_empty(lab: Lab) -> Iterator[None]:
    """A restart that has lost the data set, after the service has seen it."""
    lab.server.call("DEBUG", "POPULATE", 1000)
    seen = 'redis_keys_total{db="db0"} 1000\n'
    assert poll(lambda: seen in lab.service.metrics(), within=_PATIENCE, every=0.05)
    lab.server.kill()
    lab.server.start()
    yield


@contextlib.contextmanager
def loading(lab: Lab) -> Iterator[None]:
    """A restart that takes long to read its file; the server needs ``key-load-delay``."""
    lab.server.call("DEBUG", "POPULATE", 20000)
    lab.server.call("SAVE")
    lab.server.restart(ready=False)
    yield
    lab.server.call("CONFIG", "SET", "key-load-delay", 0)


def full_disk(*, stops_writes: bool) -> Inject:
    """BGSAVE fails, since a directory is in the way of its file."""

    @contextlib.contextmanager
    def inject(lab: Lab) -> Iterator[None]:
        refusal = "yes" if stops_writes else "no"
        lab.server.call("CONFIG", "SET", "stop-writes-on-bgsave-error", refusal)
        obstacle = lab.server.dir / "dump.rdb"
        obstacle.mkdir()
        lab.server.call("SET", "key", "value")
        _bgsave(lab.server, "err")
        yield
        obstacle.rmdir()
        _bgsave(lab.server, "ok")

    return inject


def _bgsave(server: RedisServer, status: str) -> None:
    server.call("BGSAVE")
    ends = {"rdb_bgsave_in_progress": "0", "rdb_last_bgsave_status": status}
    assert poll(
        lambda: ends.items() <= server.info("persistence").items(), within=_PATIENCE, every=0.05
    )


@contextlib.contextmanager
def full_append_only_file(lab: Lab) -> Iterator[None]:
    """The disk of the AOF is full: its next file is one on which no write finds room."""
    directory = lab.server.dir / "appendonlydir"
    (directory / "appendonly.aof.2.incr.aof").symlink_to("/dev/full")
    lab.server.call("BGREWRITEAOF")
    lab.server.call("SET", "key", "value")
    failed = "aof_last_write_status", "err"
    assert poll(lambda: failed in lab.server.info("persistence").items(), within=_PATIENCE)
    yield
    # The file after that is an ordinary one.
    lab.server.call("BGREWRITEAOF")


@contextlib.contextmanager
def out_of_memory(lab: Lab) -> Iterator[None]:
    """More data than ``maxmemory``, and nothing may be evicted."""
    lab.server.call("DEBUG", "POPULATE", 5000, "key", 1024)
    with config_set(lab.server, maxmemory="4mb"):
        yield


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
def writes_paused(lab: Lab) -> Iterator[None]:
    """CLIENT PAUSE WRITE."""
    lab.server.call("CLIENT", "PAUSE", 60_000, "WRITE")
    yield
    lab.server.call("CLIENT", "UNPAUSE")


@contextlib.contextmanager
def unsaved(lab: Lab) -> Iterator[None]:
    """A change that nobody saves."""
    lab.server.call("SET", "key", "value")
    yield
    lab.server.call("SAVE")

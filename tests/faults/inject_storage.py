"""Damage to the files that Redis writes and reads."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator

from tests.faults.fault import Inject
from tests.faults.lab import Lab
from tests.ports import poll
from tests.resp import ReplyError
from tests.servers import RedisServer

_PATIENCE = 15.0


@contextlib.contextmanager
def loading(lab: Lab) -> Iterator[None]:
    """A restart that takes long to read its file; the server needs ``key-load-delay``."""
    # Enough of it that every server looks up from the file now and then.
    lab.server.call("DEBUG", "POPULATE", 20000, "key", 5120)
    lab.server.call("SAVE")
    lab.server.restart(ready=False)
    yield
    # Redis 6 takes no CONFIG SET meanwhile; then it ends by itself.
    with contextlib.suppress(ReplyError):
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
def unsaved(lab: Lab) -> Iterator[None]:
    """A change that nobody saves."""
    lab.server.call("SET", "key", "value")
    yield
    lab.server.call("SAVE")


@contextlib.contextmanager
def failed_rewrite(lab: Lab) -> Iterator[None]:
    """BGREWRITEAOF fails, since a directory is in the way of its file."""
    obstacle = lab.server.dir / "appendonlydir" / "appendonly.aof.2.base.rdb"
    obstacle.mkdir()
    lab.server.call("SET", "key", "value")
    _rewrite(lab.server, "err")
    yield
    obstacle.rmdir()
    _rewrite(lab.server, "ok")


def _rewrite(server: RedisServer, status: str) -> None:
    server.call("BGREWRITEAOF")
    ends = {"aof_rewrite_in_progress": "0", "aof_last_bgrewrite_status": status}
    assert poll(
        lambda: ends.items() <= server.info("persistence").items(), within=_PATIENCE, every=0.05
    )


@contextlib.contextmanager
def append_only_file_ends_it(lab: Lab) -> Iterator[None]:
    """The disk of the AOF is full, and a server that promises every write ends itself."""
    directory = lab.server.dir / "appendonlydir"
    full = directory / "appendonly.aof.2.incr.aof"
    full.symlink_to("/dev/full")
    lab.server.call("BGREWRITEAOF")
    with contextlib.suppress(OSError):
        lab.server.call("SET", "key", "value")
    assert poll(lambda: not lab.server.running, within=_PATIENCE), lab.server.log
    yield
    shutil.rmtree(directory)
    lab.server.start()

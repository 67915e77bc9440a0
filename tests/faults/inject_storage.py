"""Damage to the files that Redis writes and reads."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

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
def no_fork(lab: Lab) -> Iterator[None]:
    """BGSAVE finds no memory for a child."""
    with _system_calls(lab.server, "clone,clone3,fork", "error=ENOMEM"):
        lab.server.call("SET", "key", "value")
        with contextlib.suppress(ReplyError):
            lab.server.call("BGSAVE")
        yield
    _bgsave(lab.server, "ok")


def own_directory(lab: Lab) -> None:
    """The server keeps its data in a directory that holds nothing else."""
    directory = lab.server.dir / "data"
    directory.mkdir()
    lab.server.call("CONFIG", "SET", "dir", str(directory))


@contextlib.contextmanager
def no_directory(lab: Lab) -> Iterator[None]:
    """The directory is removed under the server, which notices it when it saves."""
    directory = lab.server.dir / "data"
    directory.rmdir()
    lab.server.call("SET", "key", "value")
    _bgsave(lab.server, "err")
    yield
    directory.mkdir()
    # That it is there again under its old name does not help a process that is in the old one.
    lab.server.call("CONFIG", "SET", "dir", str(directory))
    _bgsave(lab.server, "ok")


@contextlib.contextmanager
def broken_disk(lab: Lab) -> Iterator[None]:
    """The disk of the AOF answers fsync with an error."""
    with _system_calls(lab.server, "fdatasync", "error=EIO"):
        lab.server.call("SET", "key", "value")
        failed = "aof_last_write_status", "err"
        assert poll(lambda: failed in lab.server.info("persistence").items(), within=_PATIENCE)
        yield
    # Nothing is written any more, so that no fsync can go well: it has to be begun anew.
    lab.server.call("CONFIG", "SET", "appendonly", "no")
    lab.server.call("CONFIG", "SET", "appendonly", "yes")


@contextlib.contextmanager
def slow_disk(lab: Lab) -> Iterator[None]:
    """Every fsync of the AOF takes longer than a write will wait for it."""

    def delayed() -> bool:
        lab.server.call("SET", "key", "value", timeout=_PATIENCE)
        return lab.server.info("persistence")["aof_delayed_fsync"] != "0"

    with _system_calls(lab.server, "fdatasync", "delay_enter=4000000"):
        assert poll(delayed, within=_PATIENCE, every=0.2)
        yield


@contextlib.contextmanager
def _system_calls(server: RedisServer, names: str, effect: str) -> Iterator[None]:
    """The server's system calls of these names have an effect, in the words of strace."""
    tracer = subprocess.Popen(
        [
            "strace",
            "--follow-forks",
            "--quiet=all",
            f"--attach={server.pid}",
            "--output=/dev/null",
            f"--trace={names}",
            f"--inject={names}:{effect}",
        ],
        stderr=subprocess.PIPE,
    )
    try:
        assert poll(lambda: _is_traced(server.pid), within=_PATIENCE), tracer.communicate(timeout=1)
        yield
    finally:
        tracer.terminate()
        tracer.communicate(timeout=_PATIENCE)


def _is_traced(pid: int) -> bool:
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return not any("TracerPid:\t0\n" in (task / "status").read_text() for task in tasks)


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

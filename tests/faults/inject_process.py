"""Damage to the process: what keeps it from starting, and what starts in its place."""

from __future__ import annotations

import contextlib
import resource
from collections.abc import Iterator

from tests.faults.lab import Lab
from tests.ports import poll
from tests.servers import RedisServer

_PATIENCE = 15.0


@contextlib.contextmanager
def corrupt_file(lab: Lab) -> Iterator[None]:
    """A crash, and then each start ends at the file of which the end is missing."""
    lab.server.call("DEBUG", "POPULATE", 1000)
    lab.server.call("SAVE")
    lab.server.kill()
    file = lab.server.dir / "dump.rdb"
    whole = file.read_bytes()
    file.write_bytes(whole[:5000])
    for _ in range(2):
        _starts_in_vain(lab.server)
    yield
    file.write_bytes(whole)
    lab.server.start()


def _starts_in_vain(server: RedisServer) -> None:
    server.start(ready=False)
    assert poll(lambda: not server.running, within=_PATIENCE), server.log


@contextlib.contextmanager
def restarted_empty(lab: Lab) -> Iterator[None]:
    """A restart that has lost the data set, after the service has seen it."""
    fill(lab)
    lab.server.kill()
    lab.server.start()
    yield


def with_a_stranger(lab: Lab) -> None:
    """The service reaches Redis through a proxy; beside it runs an empty server."""
    lab.url = f"redis://127.0.0.1:{lab.add_relay().port}"
    lab.add_server()


@contextlib.contextmanager
def another_server(lab: Lab) -> Iterator[None]:
    """The address leads to a server that ran before, elsewhere, and has no data."""
    fill(lab)
    other = lab.others[0]
    # It must be older than what the service last saw of the first, or it might be that one.
    aged = 10
    assert poll(lambda: int(other.info("server")["uptime_in_seconds"]) > aged, within=2 * aged)
    lab.relay.target = other.port
    lab.relay.cut()
    yield


def fill(lab: Lab) -> None:
    """A thousand keys that the service has seen."""
    lab.server.call("DEBUG", "POPULATE", 1000)
    seen = 'redis_keys_total{db="db0"} 1000\n'
    assert poll(lambda: seen in lab.service.metrics(), within=_PATIENCE, every=0.05)


def over_unix_socket(lab: Lab) -> None:
    """The service uses the unix socket."""
    lab.url = f"unix://{lab.server.socket_path}"


@contextlib.contextmanager
def socket_gone(lab: Lab) -> Iterator[None]:
    """A crash, after which somebody has tidied up."""
    lab.server.kill()
    lab.server.socket_path.unlink()
    yield
    lab.server.start()


@contextlib.contextmanager
def out_of_descriptors(lab: Lab) -> Iterator[None]:
    """The server may open nothing more: the kernel takes new connections, and nobody else does."""
    before = resource.prlimit(lab.server.pid, resource.RLIMIT_NOFILE)
    resource.prlimit(lab.server.pid, resource.RLIMIT_NOFILE, (3, before[1]))
    yield
    resource.prlimit(lab.server.pid, resource.RLIMIT_NOFILE, before)

"""What is done to Redis and to redis-health, how it is repaired, and which alert must tell."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass

from tests.e2e_prometheus.stack import Field, Stack
from tests.ports import poll
from tests.servers import RedisServer, ReplyError
from tests.service import ServiceProcess


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """``inject`` is entered to do the damage to the victim and left to repair it.

    ``alert`` must come to ``receiver``, with ``told`` in its description.
    """

    name: str
    victim: Callable[[Stack], RedisServer | ServiceProcess]
    inject: Callable[[Stack], AbstractContextManager[None]]
    alert: str
    told: str
    receiver: str = "page"


@contextlib.contextmanager
def _killed(stack: Stack) -> Iterator[None]:
    stack.field.killed.kill()
    yield
    stack.field.killed.start()


@contextlib.contextmanager
def _filled(stack: Stack) -> Iterator[None]:
    server = stack.field.filled
    server.call("CONFIG", "SET", "maxmemory", int(server.info("memory")["used_memory"]) + 500_000)
    server.call("CONFIG", "SET", "maxmemory-policy", "noeviction")
    assert poll(lambda: _is_refused(server), within=10, every=0)
    yield
    server.call("CONFIG", "SET", "maxmemory", 0)


def _is_refused(server: RedisServer) -> bool:
    try:
        server.call("APPEND", "ballast", b"x" * 50_000)
    except ReplyError as error:
        return str(error).startswith("OOM")
    return False


@contextlib.contextmanager
def _unlinked(stack: Stack) -> Iterator[None]:
    primary = stack.field.primary
    primary.call("ACL", "SETUSER", "default", "-psync", "-replconf", "-sync")
    primary.call("CLIENT", "KILL", "TYPE", "replica")
    yield
    primary.call("ACL", "SETUSER", "default", "+psync", "+replconf", "+sync")


@contextlib.contextmanager
def _crowded(stack: Stack) -> Iterator[None]:
    with contextlib.ExitStack() as clients:
        for _ in range(30):
            clients.enter_context(stack.field.crowded.connect())
        yield


@contextlib.contextmanager
def _without_service(stack: Stack) -> Iterator[None]:
    stack.doomed.signal(signal.SIGKILL)
    stack.doomed.wait()
    yield
    stack.doomed.start()


def _server(name: str) -> Callable[[Stack], RedisServer]:
    def victim(stack: Stack) -> RedisServer:
        found: RedisServer = getattr(stack.field, name)
        return found

    assert name in Field.__slots__
    return victim


FAULTS = (
    Fault(
        name="kill",
        victim=_server("killed"),
        inject=_killed,
        alert="RedisDown",
        told="CONN_REFUSED",
    ),
    Fault(
        name="freeze",
        victim=_server("frozen"),
        inject=lambda stack: stack.field.frozen.frozen(),
        alert="RedisDown",
        told="TIMEOUT",
    ),
    Fault(
        name="fill",
        victim=_server("filled"),
        inject=_filled,
        alert="RedisNotServing",
        told="OOM",
    ),
    Fault(
        name="unlink",
        victim=_server("replica"),
        inject=_unlinked,
        alert="RedisReplicationBroken",
        told="(limit 4 s)",
        receiver="message",
    ),
    Fault(
        name="crowd",
        victim=_server("crowded"),
        inject=_crowded,
        alert="RedisDown",
        told="MAXCLIENTS",
    ),
    Fault(
        name="kill redis-health",
        victim=lambda stack: stack.doomed,
        inject=_without_service,
        alert="RedisHealthTargetDown",
        told="up is 0",
    ),
)

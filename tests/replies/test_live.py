"""The table of texts against what the servers of the matrix really say."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from redis_health.replies import condition_of
from tests.conftest import Servers
from tests.kinds import MATRIX
from tests.ports import poll
from tests.resp import ReplyError, ask
from tests.servers import RedisServer

_WRITE = ("SET", "key", "value")
_WRITE_IN_SCRIPT = ("EVAL", "return redis.call('SET', 'key', 'value')", 0)


def said(server: RedisServer, *command: str | int, **login: str) -> str:
    """The code of the error reply to a command."""
    with pytest.raises(ReplyError) as caught:
        server.call(*command, **login)  # type: ignore[arg-type]
    return condition_of(str(caught.value)).code


def test_rights(any_server: RedisServer) -> None:
    any_server.call("ACL", "SETUSER", "mon", "on", ">m", "+ping")
    assert said(any_server, "INFO", user="mon", password="m") == "NOPERM_PROBE"
    assert said(any_server, "CLIENT", "LIST", user="mon", password="m") == "NOPERM_PROBE"
    assert said(any_server, "PING", user="mon", password="wrong") == "WRONGPASS"
    assert said(any_server, "PING", password="any") == "AUTH_UNEXPECTED"
    any_server.call("CONFIG", "SET", "requirepass", "secret")
    assert said(any_server, "PING") == "NOAUTH"


def test_commands(any_server: RedisServer) -> None:
    assert said(any_server, "NONSENSE", "word") == "COMMAND_UNKNOWN"
    assert said(any_server, "CLIENT", "NONSENSE") == "COMMAND_UNKNOWN"
    assert said(any_server, "SELECT", 99) == "BAD_DB"
    assert said(any_server, "SELECT", -1) == "BAD_DB"
    assert said(any_server, "GET") == "ERROR_REPLY"


@pytest.mark.parametrize("write", [_WRITE, _WRITE_IN_SCRIPT])
def test_refused_writes(any_server: RedisServer, write: tuple[str | int, ...]) -> None:
    any_server.call("CONFIG", "SET", "maxmemory", 1)
    assert said(any_server, *write) == "OOM"
    any_server.call("CONFIG", "SET", "maxmemory", 0)
    any_server.call("CONFIG", "SET", "min-replicas-to-write", 1)
    assert said(any_server, *write) == "NOREPLICAS"
    any_server.call("CONFIG", "SET", "min-replicas-to-write", 0)
    any_server.call("REPLICAOF", "127.0.0.1", 1)
    assert said(any_server, *write) == "READONLY"


def test_a_replica_that_serves_nothing_stale(any_server: RedisServer) -> None:
    any_server.call("CONFIG", "SET", "replica-serve-stale-data", "no")
    any_server.call("REPLICAOF", "127.0.0.1", 1)
    assert said(any_server, "GET", "key") == "MASTERDOWN"


def test_a_save_that_fails(any_server: RedisServer) -> None:
    (any_server.dir / "dump.rdb").mkdir()
    any_server.call("CONFIG", "SET", "save", "3600 1000")
    any_server.call(*_WRITE)
    any_server.call("BGSAVE")
    assert poll(
        lambda: any_server.info("persistence")["rdb_last_bgsave_status"] == "err", within=10.0
    )
    for command in (("PING",), _WRITE, _WRITE_IN_SCRIPT):
        assert said(any_server, *command) == "MISCONF_RDB"


def test_a_cluster_without_slots(servers: Servers) -> None:
    for kind in MATRIX:
        server = servers(kind, config={"cluster-enabled": "yes"})
        assert said(server, *_WRITE) == "CLUSTERDOWN"
        assert said(server, "SELECT", 1) == "BAD_DB"


@contextmanager
def endless_script(server: RedisServer) -> Iterator[None]:
    """A script runs inside the block."""

    def run() -> None:
        with pytest.raises(ReplyError):
            server.call("EVAL", "while true do end", 0, timeout=30.0)

    thread = threading.Thread(target=run)
    server.call("CONFIG", "SET", "lua-time-limit", 10)
    thread.start()
    try:
        yield
    finally:
        server.call("SCRIPT", "KILL")
        thread.join()


def test_a_script_that_does_not_end(any_server: RedisServer) -> None:
    def refused() -> bool:
        try:
            any_server.call("PING")
        except ReplyError:
            return True
        return False

    with endless_script(any_server):
        assert poll(refused, within=10.0)
        assert said(any_server, "PING") == "BUSY"


def test_a_full_server(any_server: RedisServer) -> None:
    with any_server.connect() as first:
        ask(first, "PING")
        any_server.call("CONFIG", "SET", "maxclients", 1)
        with any_server.connect() as second:
            words = second.recv(200).decode()
    assert words.startswith("-")
    assert condition_of(words[1:].strip()).code == "MAXCLIENTS"

"""A server that has seen use: data in several databases, errors, slow commands, latency events."""

from __future__ import annotations

import contextlib
import socket
import subprocess

from tests.ports import poll
from tests.resp import ReplyError, ask
from tests.servers import RedisServer

#: What is in use and what is not; between them is one that is empty.
DATABASES = (0, 3, 5)
#: Takes far more than a millisecond anywhere. Not by the clock: it stands still for a script.
_SLOW = "local sum = 0 for number = 1, 3000000 do sum = sum + number end return sum"


def use(server: RedisServer) -> None:
    """Let it see use; nothing goes on any more when this returns."""
    _benchmark(server)
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(str(server.socket_path))
        for database in DATABASES:
            ask(connection, "SELECT", database)
            for number in range(20):
                ask(connection, "SET", f"key{number}", f"value{number}")
                ask(connection, "GET", f"{'key' if number % 2 else 'none'}{number}")
            for number in range(7):
                ask(connection, "EXPIRE", f"key{number}", 3600)
        for wrong in (("LPUSH", "key0", "element"), ("NOSUCHCOMMAND",), ("GET",)):
            with contextlib.suppress(ReplyError):
                ask(connection, *wrong)
        ask(connection, "CONFIG", "SET", "latency-monitor-threshold", 1)
        ask(connection, "CONFIG", "SET", "slowlog-log-slower-than", 1000)
        ask(connection, "EVAL", _SLOW, 0)
        # On a busy machine what watches would be slow too.
        ask(connection, "CONFIG", "SET", "latency-monitor-threshold", 0)
        ask(connection, "CONFIG", "SET", "slowlog-log-slower-than", -1)


def _benchmark(server: RedisServer) -> None:
    commands = "set,get,incr,lpush,lpop,sadd,hset,zadd,mset"
    subprocess.run(
        ["redis-benchmark", "-p", str(server.port), "-q", "-n", "200", "-c", "5", "-t", commands],
        check=True,
        capture_output=True,
    )
    # A client counts until the server has seen that it is gone.
    assert poll(lambda: server.info("clients")["connected_clients"] == "1", within=20.0)


def replicated(primary: RedisServer) -> bool:
    """Whether a replica is attached and has all that there is."""
    info = primary.info("replication")
    line = info.get("slave0", "")
    return "state=online" in line and f"offset={info['master_repl_offset']}" in line

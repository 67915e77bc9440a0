"""The opt-in proof that a write is accepted."""

from __future__ import annotations

import socket
from collections.abc import Iterable

from redis_health.errors import RedisFault, Unavailable
from redis_health.model import Capability, Command, InfoReply, Item, Probe, Reader, Server, Setting
from redis_health.probes._replies import integer, text
from redis_health.probes._server import is_primary, version
from redis_health.probes._tables import INFO_COMMAND
from redis_health.replies import failure_of_nonsense

#: A script that Redis takes for a write, refuses and holds back like one, and that writes nothing.
_SCRIPT = "#!lua\nreturn 1"
_LIFETIME_MILLISECONDS = 10_000

CHECK_WRITE = Setting(
    name="check_write", default=False, help="Ask Redis whether it would accept a write."
)


async def collect(reader: Reader) -> Iterable[Item]:
    """On a connection of its own, since a paused write hangs; on a primary alone."""
    info = await reader.info()
    if is_primary(info):
        proof = _proof(info)
        (reply,) = await reader.on_fresh_connection(proof)
        # What the script and SET return.
        if integer(reply) != 1 and text(reply) != "OK":
            where = "the server"
            raise RedisFault(failure_of_nonsense(reply, command=str(proof[0]), where=where))
    return []


def _proof(info: InfoReply) -> tuple[str | int, ...]:
    if version(info) >= (7,):
        return "EVAL", _SCRIPT, 0
    if info.fields.get("cluster_enabled") == "1":
        raise Unavailable("SET", "before Redis 7 a cluster node takes only keys of its own slots")
    key = f"redis-health:write-check:{socket.gethostname()}"
    return "SET", key, "1", "PX", _LIFETIME_MILLISECONDS


PROBE = Probe(
    name="write",
    summary="whether a write is accepted",
    interval=5.0,
    timeout=1.0,
    collect=collect,
    commands=(
        Command(
            "EVAL '#!lua return 1' 0",
            "about 10 µs, writes nothing; from Redis 7 on",
            on=frozenset({Server.REDIS, Server.VALKEY}),
        ),
        Command(
            "SET redis-health:write-check:HOSTNAME 1 PX 10000",
            "one small key, replicated and in the AOF; before Redis 7",
            on=frozenset({Server.REDIS_6}),
            keys="redis-health:write-check:*",
        ),
        INFO_COMMAND,
    ),
    observes=frozenset({Capability.WRITE}),
    settings=(CHECK_WRITE,),
    opt_in=CHECK_WRITE,
)

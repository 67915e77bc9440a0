"""The proof that a write is accepted."""

from __future__ import annotations

import pytest

from redis_health.errors import RedisFault, Unavailable
from redis_health.model import ProbeOptions
from redis_health.probes.write import PROBE
from tests.conftest import Servers
from tests.probes.readers import Live, Recorded, ask, info_text
from tests.servers import RedisServer


def test_it_is_opt_in() -> None:
    assert not PROBE.runs(ProbeOptions())
    assert PROBE.runs(ProbeOptions(given={"check_write": True}))


async def test_a_replica_is_not_asked() -> None:
    reader = Recorded(info_text(role="slave", redis_version="7.0.15"))
    await ask(PROBE, reader)
    assert reader.asked == []


async def test_an_old_cluster_node_cannot_be_asked() -> None:
    text = info_text(role="master", redis_version="6.2.14", cluster_enabled=1)
    with pytest.raises(Unavailable):
        await ask(PROBE, Recorded(text))


async def test_every_server_accepts_it(any_server: RedisServer) -> None:
    await ask(PROBE, Live(server=any_server))
    keys = any_server.call("KEYS", "*")
    old = any_server.kind.name.startswith("redis-6")
    assert [key.startswith("redis-health:write-check:") for key in keys] == ([True] if old else [])


async def test_it_is_refused_like_a_write(any_server: RedisServer) -> None:
    reader = Live(server=any_server)
    any_server.call("CONFIG", "SET", "min-replicas-to-write", 1)
    with pytest.raises(RedisFault, match="NOREPLICAS"):
        await ask(PROBE, reader)
    any_server.call("CONFIG", "SET", "min-replicas-to-write", 0)
    any_server.call("CONFIG", "SET", "maxmemory", 1)
    with pytest.raises(RedisFault, match="OOM"):
        await ask(PROBE, reader)


async def test_it_hangs_like_a_write(servers: Servers) -> None:
    server = servers()
    server.call("CLIENT", "PAUSE", 60000, "WRITE")
    with pytest.raises(TimeoutError):
        server.call("EVAL", "#!lua\nreturn 1", 0, timeout=0.3)
    assert server.call("PING") == "PONG"

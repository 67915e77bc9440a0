"""Valkey's command logs."""

from __future__ import annotations

import pytest

from redis_health.probes.commandlog import PROBE
from tests.conftest import Servers
from tests.probes.readers import Live, Recorded, ask, info_text
from tests.servers import RedisServer


async def test_every_server(any_server: RedisServer) -> None:
    if any_server.kind.is_valkey:
        any_server.call("CONFIG", "SET", "commandlog-request-larger-than", 10)
        any_server.call("CONFIG", "SET", "commandlog-execution-slower-than", 10**6)
        any_server.call("COMMANDLOG", "RESET", "large-request")
        any_server.call("SET", "key", "x" * 100)
    samples = (await ask(PROBE, Live(server=any_server))).samples
    if not any_server.kind.is_valkey:
        assert samples == {}
        return
    # What we ask is longer than 10 bytes too.
    length = samples.pop(("redis_commandlog_large_request_length",))
    assert isinstance(length, float)
    assert length >= 1
    assert samples == {
        ("redis_commandlog_slow_length",): 0,
        ("redis_commandlog_large_reply_length",): 0,
        ("redis_commandlog_execution_slower_than",): 10**6,
        ("redis_commandlog_request_larger_than",): 10,
        ("redis_commandlog_reply_larger_than",): 2**20,
        ("redis_commandlog_slow_execution_max_len",): 128,
        ("redis_commandlog_large_request_max_len",): 128,
        ("redis_commandlog_large_reply_max_len",): 128,
    }


@pytest.mark.parametrize(
    "text",
    [
        info_text(redis_version="8.2.3"),
        info_text(redis_version="7.2.4", valkey_version="8.0.9"),
        info_text(redis_version="7.2.4", valkey_version="8.1.1", redis_mode="sentinel"),
        info_text(redis_version="7.2.4", valkey_version="unstable"),
    ],
)
async def test_others_are_not_asked(text: str) -> None:
    reader = Recorded(text)
    assert (await ask(PROBE, reader)).items == ()
    assert reader.asked == []


async def test_without_config_the_lengths_remain(servers: Servers) -> None:
    server = servers("valkey-9.1")
    server.call("ACL", "SETUSER", "watcher", "on", ">pass", "+info", "+commandlog")
    samples = (await ask(PROBE, Live(server=server, user=("watcher", "pass")))).samples
    assert set(samples) == {
        (f"redis_commandlog_{kind}_length",) for kind in ("slow", "large_request", "large_reply")
    }


async def test_a_reply_that_is_no_length_is_left_out() -> None:
    text = info_text(valkey_version="9.1.2")
    replies = {f"COMMANDLOG LEN {kind}": "?" for kind in ("slow", "large-request", "large-reply")}
    assert (await ask(PROBE, Recorded(text, replies=replies))).samples == {}

"""Streams: XINFO as series, on every server, and nothing that it does not say."""

from __future__ import annotations

import pytest

from redis_health.errors import Unavailable
from redis_health.model import MetricKind, ProbeOptions
from redis_health.probes._streams_metrics import ALL
from redis_health.probes.streams import (
    CHECK_STREAMS,
    CHECK_STREAMS_MAX,
    PROBE,
    STREAM_CONSUMERS_MAX,
    STREAM_GROUPS_MAX,
    STREAMS_EXCLUDE_CONSUMER_METRICS,
)
from tests.probes.peer import peer_samples
from tests.probes.readers import Recorded, ask, info_text
from tests.probes.rounds import Watched
from tests.servers import RedisServer

#: What other people's dashboards read.
GAUGES = {
    "redis_stream_first_entry_id": 2,
    "redis_stream_group_consumer_idle_seconds": 4,
    "redis_stream_group_consumer_messages_pending": 4,
    "redis_stream_group_consumers": 3,
    "redis_stream_group_entries_read": 3,
    "redis_stream_group_lag": 3,
    "redis_stream_group_last_delivered_id": 3,
    "redis_stream_group_messages_pending": 3,
    "redis_stream_groups": 2,
    "redis_stream_last_entry_id": 2,
    "redis_stream_last_generated_id": 2,
    "redis_stream_length": 2,
    "redis_stream_max_deleted_entry_id": 2,
    "redis_stream_radix_tree_keys": 2,
    "redis_stream_radix_tree_nodes": 2,
}
LABELS = ("db", "stream", "group", "consumer")


def fill(server: RedisServer, name: str = "orders") -> None:
    for number in (1000, 2000, 3000):
        server.call("XADD", name, f"{number}-1", "field", "value")
    server.call("XGROUP", "CREATE", name, "billing", "0")
    server.call("XREADGROUP", "GROUP", "billing", "ann", "COUNT", 2, "STREAMS", name, ">")


def test_the_families() -> None:
    declared = {metric.name: metric for metric in ALL}
    counter = declared.pop("redis_stream_entries_added_total")
    assert (counter.kind, counter.labels) == (MetricKind.COUNTER, LABELS[:2])
    assert {name: metric.labels for name, metric in declared.items()} == {
        name: LABELS[:count] for name, count in GAUGES.items()
    }
    assert {metric.kind for metric in declared.values()} == {MetricKind.GAUGE}


async def test_every_server(any_server: RedisServer) -> None:
    fill(any_server)
    with Watched(PROBE, any_server, {CHECK_STREAMS: ("orders",)}) as watched:
        samples = (await watched.round()).samples
    idle = samples.pop(
        ("redis_stream_group_consumer_idle_seconds", "db0", "orders", "billing", "ann")
    )
    assert 0.0 <= float(str(idle)) < 10.0
    stream, group = ("db0", "orders"), ("db0", "orders", "billing")
    expected = {
        ("redis_stream_length", *stream): 3.0,
        ("redis_stream_radix_tree_keys", *stream): 1.0,
        ("redis_stream_radix_tree_nodes", *stream): 2.0,
        ("redis_stream_groups", *stream): 1.0,
        ("redis_stream_last_generated_id", *stream): 3000.0,
        ("redis_stream_first_entry_id", *stream): 1000.0,
        ("redis_stream_last_entry_id", *stream): 3000.0,
        ("redis_stream_group_consumers", *group): 1.0,
        ("redis_stream_group_messages_pending", *group): 2.0,
        ("redis_stream_group_last_delivered_id", *group): 2000.0,
        ("redis_stream_group_consumer_messages_pending", *group, "ann"): 2.0,
        ("redis_health_left_out", "streams"): 0.0,
    }
    if any_server.kind.name != "redis-6.2":
        expected |= {
            ("redis_stream_entries_added_total", *stream): 3.0,
            ("redis_stream_max_deleted_entry_id", *stream): 0.0,
            ("redis_stream_group_entries_read", *group): 2.0,
            ("redis_stream_group_lag", *group): 1.0,
        }
    assert samples == expected
    assert any_server.info()["total_error_replies"] == "0"


@pytest.mark.parametrize("resp", [2, 3])
async def test_the_peer_tells_the_same(server: RedisServer, resp: int) -> None:
    fill(server)
    with Watched(PROBE, server, {CHECK_STREAMS: ("db0=orders",)}, resp=resp) as watched:
        ours = (await watched.round()).samples
    theirs = {
        key[0]: value
        for key, value in peer_samples(server, "-check-single-streams=orders").items()
        if key[0].startswith("redis_stream_") and not key[0].endswith("_idle_seconds")
    }
    assert len(theirs) >= 7
    assert {key[0]: value for key, value in ours.items() if key[0] in theirs} == theirs


async def test_a_lag_that_redis_cannot_tell_is_no_lag_of_zero(server: RedisServer) -> None:
    fill(server)
    server.call("XDEL", "orders", "2000-1")
    server.call("XGROUP", "SETID", "orders", "billing", "1000-1")
    with Watched(PROBE, server, {CHECK_STREAMS: ("orders",)}) as watched:
        samples = (await watched.round()).samples
    assert ("redis_stream_group_lag", "db0", "orders", "billing") not in samples
    assert samples["redis_stream_max_deleted_entry_id", "db0", "orders"] == 2000.0


async def test_an_empty_stream(server: RedisServer) -> None:
    server.call("XGROUP", "CREATE", "empty", "readers", "$", "MKSTREAM")
    with Watched(PROBE, server, {CHECK_STREAMS: ("empty",)}) as watched:
        samples = (await watched.round()).samples
    assert samples["redis_stream_first_entry_id", "db0", "empty"] == 0.0
    assert samples["redis_stream_last_entry_id", "db0", "empty"] == 0.0
    assert samples["redis_stream_length", "db0", "empty"] == 0.0


async def test_what_is_no_stream_gives_no_series_and_no_errors(server: RedisServer) -> None:
    server.call("SET", "text", "a")
    with Watched(PROBE, server, {CHECK_STREAMS: ("text", "missing")}) as watched:
        assert (await watched.round()).samples == {("redis_health_left_out", "streams"): 0.0}
    assert server.info()["total_error_replies"] == "0"


async def test_patterns_find_streams_alone(server: RedisServer) -> None:
    fill(server, "orders:1")
    fill(server, "orders:2")
    server.call("SET", "orders:3", "text")
    with Watched(PROBE, server, {CHECK_STREAMS: ("orders:*",)}) as watched:
        samples = (await watched.round()).samples
    found = {labels[2] for labels in samples if labels[0] == "redis_stream_length"}
    assert found == {"orders:1", "orders:2"}


async def test_consumers_may_be_left_out(server: RedisServer) -> None:
    fill(server)
    given = {CHECK_STREAMS: ("orders",), STREAMS_EXCLUDE_CONSUMER_METRICS: True}
    with Watched(PROBE, server, given) as watched:
        samples = (await watched.round()).samples
    assert not any("_consumer_" in labels[0] for labels in samples)
    assert ("redis_stream_group_consumers", "db0", "orders", "billing") in samples
    assert "cmdstat_xinfo|consumers" not in server.info("commandstats")


async def test_the_caps(server: RedisServer) -> None:
    for name in ("a", "b", "c"):
        server.call("XADD", name, "1-1", "field", "value")
        for group in ("g", "h"):
            server.call("XGROUP", "CREATE", name, group, "0")
            for consumer in ("x", "y"):
                server.call("XGROUP", "CREATECONSUMER", name, group, consumer)
    given = {
        CHECK_STREAMS: ("a", "b", "c"),
        CHECK_STREAMS_MAX: 2,
        STREAM_GROUPS_MAX: 3,
        STREAM_CONSUMERS_MAX: 5,
    }
    with Watched(PROBE, server, given) as watched:
        samples = (await watched.round()).samples
    names = [labels[0] for labels in samples]
    assert names.count("redis_stream_length") == 2
    assert names.count("redis_stream_group_lag") == 3
    assert names.count("redis_stream_group_consumer_idle_seconds") == 5
    assert samples["redis_health_left_out", "streams"] == 3.0


async def test_a_user_without_the_right(server: RedisServer) -> None:
    fill(server)
    rights = ("~*", "-@all", "+info", "+select", "+client", "+ping", "+type")
    server.call("ACL", "SETUSER", "eye", "on", ">pw", *rights)
    given = {CHECK_STREAMS: ("orders",)}
    with (
        Watched(PROBE, server, given, user=("eye", "pw")) as watched,
        pytest.raises(Unavailable, match="may not run XINFO STREAM"),
    ):
        await watched.round()


async def test_what_is_not_understood_is_left_out() -> None:
    reader = Recorded(
        info_text(role="master"),
        replies={
            "db0 TYPE a": b"stream",
            "db0 XINFO STREAM a": [b"length", b"many", b"last-generated-id", b"x"],
            "db0 XINFO GROUPS a": [[b"consumers", 1], [b"name", b"g"], 5],
            "db0 XINFO CONSUMERS a g": [[b"name", b"c", b"pending", 1]],
        },
        options=ProbeOptions(given={"check_streams": ("a",)}),
    )
    assert (await ask(PROBE, reader)).samples == {
        ("redis_stream_group_consumer_messages_pending", "db0", "a", "g", "c"): 1.0,
        ("redis_health_left_out", "streams"): 0.0,
    }

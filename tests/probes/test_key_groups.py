"""Groups of keys: by the first expression that matches, with a cap, and within the budget."""

from __future__ import annotations

import re

import pytest

from redis_health.config import load
from redis_health.errors import ConfigError, Unavailable
from redis_health.model import ErrorReply
from redis_health.probes import _key_groups
from redis_health.probes._key_groups import CONSIDERED, Group, Groups, shown
from redis_health.probes._scan import SCAN_BUDGET, SCAN_REPLICAS_ONLY, Scope
from redis_health.probes.key_groups import (
    CHECK_KEY_GROUPS,
    KEY_GROUPS_MEMORY_EVERY,
    MAX_DISTINCT_KEY_GROUPS,
    PROBE,
)
from tests.conftest import Servers
from tests.probes.readers import Recorded, Round, ask
from tests.probes.rounds import Watched
from tests.servers import RedisServer

KEYS = "redis_key_group_count"
MEMORY = "redis_key_group_memory_usage_bytes"


def family(result: Round, name: str) -> dict[tuple[str, ...], object]:
    return {labels[1:]: value for labels, value in result.samples.items() if labels[0] == name}


async def test_every_server(any_server: RedisServer) -> None:
    usage: dict[tuple[str, str], int] = {}
    for name, group in (
        ("user:1", "user"),
        ("user:2", "user"),
        ("order-1", "order"),
        ("x", "unclassified"),
    ):
        any_server.call("SET", name, "v" * 100)
        size = any_server.call("MEMORY", "USAGE", name)
        usage["db0", group] = usage.get(("db0", group), 0) + size
    any_server.call("EVAL", "redis.call('SELECT', 3) redis.call('SET', 'user:3', 1)", 0)
    given = {CHECK_KEY_GROUPS: (r"^(\w+):", "(order)-"), KEY_GROUPS_MEMORY_EVERY: 1}
    with Watched(PROBE, any_server, given) as watched:
        result = await watched.round()
    assert family(result, KEYS) == {
        ("db0", "user"): 2.0,
        ("db0", "order"): 1.0,
        ("db0", "unclassified"): 1.0,
        ("db3", "user"): 1.0,
    }
    memory = family(result, MEMORY)
    assert {labels: memory[labels] for labels in usage} == usage
    assert family(result, "redis_number_of_distinct_key_groups") == {("db0",): 3.0, ("db3",): 1.0}
    duration = result.samples["redis_last_key_groups_scrape_duration_milliseconds",]
    assert 0.0 < float(str(duration)) < 5000.0
    assert ("redis_health_scan_age_seconds", "key_groups", "db3") in result.samples
    assert any_server.info()["total_error_replies"] == "0"


async def test_a_big_keyspace(servers: Servers) -> None:
    server = servers(config={"enable-debug-command": "yes"})
    server.call("DEBUG", "POPULATE", 20_000, "item", 10)
    given = {CHECK_KEY_GROUPS: (r"item:(\d)",), SCAN_BUDGET: 0.01}
    with Watched(PROBE, server, given) as watched:
        rounds = await watched.rounds_until(KEYS)
    assert len(rounds) > 1
    found = family(rounds[-1], KEYS)
    assert found["db0", "7"] == 1111.0
    assert len(found) == 10
    # One key of ten is weighed, and all keys here weigh the same.
    one = server.call("MEMORY", "USAGE", "item:7777")
    assert family(rounds[-1], MEMORY)["db0", "7"] == pytest.approx(1111 * one, rel=0.1)
    calls = re.search(r"calls=(\d+)", server.info("commandstats")["cmdstat_memory|usage"])
    assert calls is not None
    assert int(calls[1]) <= 20_000 / 10 + 10 + 1


async def test_the_largest_are_told_and_the_rest_is_the_overflow(server: RedisServer) -> None:
    for number in range(10):
        server.call("SET", f"{number}:", "v" * 1000 * number)
    given = {
        CHECK_KEY_GROUPS: (r"^(\d):",),
        MAX_DISTINCT_KEY_GROUPS: 3,
        KEY_GROUPS_MEMORY_EVERY: 1,
    }
    with Watched(PROBE, server, given) as watched:
        result = await watched.round()
    assert family(result, KEYS) == {
        ("db0", "9"): 1.0,
        ("db0", "8"): 1.0,
        ("db0", "7"): 1.0,
        ("db0", "overflow"): 7.0,
    }
    assert result.samples["redis_number_of_distinct_key_groups", "db0"] == 10.0


async def test_a_user_who_may_not_weigh(server: RedisServer) -> None:
    server.call("SET", "user:1", 1)
    rights = ("~*", "-@all", "+info", "+select", "+client", "+ping", "+scan")
    server.call("ACL", "SETUSER", "eye", "on", ">pw", *rights)
    given = {CHECK_KEY_GROUPS: ("(user):",)}
    with Watched(PROBE, server, given, user=("eye", "pw")) as watched:
        for _ in range(3):
            result = await watched.round()
            assert family(result, KEYS) == {("db0", "user"): 1.0}
            assert family(result, MEMORY) == {}
    assert server.info()["total_error_replies"] == "1"


async def test_a_database_that_was_emptied_is_told_no_more(server: RedisServer) -> None:
    server.call("SET", "user:1", 1)
    with Watched(PROBE, server, {CHECK_KEY_GROUPS: ("(user):",)}) as watched:
        assert family(await watched.round(), KEYS) == {("db0", "user"): 1.0}
        server.call("FLUSHALL")
        watched.reconnect()
        assert family(await watched.round(), KEYS) == {}


async def test_a_primary_that_must_not_be_scanned(server: RedisServer) -> None:
    given = {CHECK_KEY_GROUPS: ("(user):",), SCAN_REPLICAS_ONLY: True}
    with (
        Watched(PROBE, server, given) as watched,
        pytest.raises(Unavailable, match="this is a primary"),
    ):
        await watched.round()


def test_what_is_no_expression_is_an_error_that_names_it() -> None:
    with pytest.raises(ConfigError, match=r"REDIS_HEALTH_CHECK_KEY_GROUPS: expected a regular exp"):
        load((PROBE,), flags={}, environ={"REDIS_HEALTH_CHECK_KEY_GROUPS": "a,(b"})


async def test_nothing_wanted_nothing_asked() -> None:
    assert (await ask(PROBE, Recorded())).items == ()


@pytest.mark.parametrize(
    ("key", "group"),
    [
        (b"user:1:name", "username"),
        (b"session", "session"),
        (b"optional", ""),
        (b"other", "unclassified"),
        (b"x" * CONSIDERED + b"session", "unclassified"),
        (b"raw:\xff", "raw\\xff"),
    ],
)
async def test_names(key: bytes, group: str) -> None:
    words = (r"^(user):\d+:(\w+)", "session", "optional(x)?", r"^(raw):(.+)")
    tally = Groups([re.compile(word) for word in words], 1)
    reader = Recorded(replies={f"db0 MEMORY USAGE {key.decode('latin-1')}": 5})
    tally.has_memory = False
    await tally.add(reader, Scope(0), [key])
    assert list(tally.groups) == [group]


async def test_refused_once_nothing_is_weighed_any_more() -> None:
    reader = Recorded(
        replies={
            "db0 MEMORY USAGE a": 5,
            "db0 MEMORY USAGE b": None,
            "db0 MEMORY USAGE c": ErrorReply("NOPERM No permissions to access a key"),
        }
    )
    tally = Groups([], 1)
    await tally.add(reader, Scope(0), [b"a", b"b"])
    # A key that has gone meanwhile is no refusal; its size is taken to be that of the others.
    assert tally.groups["unclassified"] == Group(keys=2, weighed=1, bytes=5)
    assert tally.groups["unclassified"].memory == 10.0
    await tally.add(reader, Scope(0), [b"c"])
    assert not tally.has_memory
    reader.asked.clear()
    await tally.add(reader, Scope(0), [b"a"])
    assert reader.asked == []


async def test_groups_beyond_all_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_key_groups, "TRACKED", 3)
    tally = Groups([re.compile("(.+)")], 1, has_memory=False)
    await tally.add(Recorded(), Scope(0), [b"a", b"a", b"b", b"c", b"d", b"e", b"a"])
    assert {name: group.keys for name, group in tally.groups.items()} == {
        "a": 3,
        "b": 1,
        "c": 1,
        "overflow": 2,
    }
    # The group of that name and what the cap cuts off are one.
    assert [(name, keys) for name, keys, _ in shown(tally, 2)] == [("a", 3), ("overflow", 4)]

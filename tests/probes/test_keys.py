"""Named keys: sizes of all types, in any database, and nothing for what may not be seen."""

from __future__ import annotations

import pytest

from redis_health.errors import Unavailable
from redis_health.model import ProbeOptions
from redis_health.probes._named_keys import Entry, Names, entries, label_of
from redis_health.probes._scan import SCAN_BUDGET, SCAN_REPLICAS_ONLY, Scope
from redis_health.probes.keys import CHECK_KEYS, CHECK_KEYS_MAX, EXPORT_KEY_STRINGS, PROBE
from tests.conftest import Servers
from tests.probes.peer import peer_samples
from tests.probes.readers import Recorded, Round, ask, info_text
from tests.probes.rounds import Watched
from tests.servers import RedisServer


def fill(server: RedisServer) -> None:
    server.call("SET", "number", "12.5")
    server.call("SET", "text", "hello")
    server.call("RPUSH", "list", 1, 2, 3)
    server.call("SADD", "set", 1, 2)
    server.call("ZADD", "zset", 1, "one")
    server.call("HSET", "hash", "a", 1, "b", 2)
    server.call("XADD", "stream", "1-1", "a", "b")


NAMES = ("number", "text", "list", "set", "zset", "hash", "stream", "missing")


def sizes(result: Round) -> dict[str, object]:
    return {
        labels[2]: value
        for labels, value in result.samples.items()
        if labels[0] == "redis_key_size"
    }


def write_elsewhere(server: RedisServer, database: int, *commands: tuple[str | int, ...]) -> None:
    lines = "".join(f"redis.call({','.join(repr(str(w)) for w in each)})\n" for each in commands)
    server.call("EVAL", f"redis.call('SELECT', '{database}')\n{lines}", 0)


async def test_every_type_on_every_server(any_server: RedisServer) -> None:
    fill(any_server)
    with Watched(PROBE, any_server, {CHECK_KEYS: NAMES}) as watched:
        result = await watched.round()
    assert sizes(result) == {
        "number": 4.0,
        "text": 5.0,
        "list": 3.0,
        "set": 2.0,
        "zset": 1.0,
        "hash": 2.0,
        "stream": 1.0,
        "missing": 0.0,
    }
    assert result.samples["redis_key_value", "db0", "number"] == 12.5
    assert ("redis_key_value", "db0", "text") not in result.samples
    assert not any(labels[0] == "redis_key_value_as_string" for labels in result.samples)
    for name in NAMES[:-1]:
        usage = any_server.call("MEMORY", "USAGE", name)
        assert result.samples["redis_key_memory_usage_bytes", "db0", name] == usage
    assert ("redis_key_memory_usage_bytes", "db0", "missing") not in result.samples
    statistics = any_server.info()
    assert statistics["total_error_replies"] == "0"


async def test_the_peer_tells_the_same(server: RedisServer) -> None:
    fill(server)
    write_elsewhere(server, 3, ("RPUSH", "queue", 1, 2))
    words = (*NAMES, "db3=queue")
    with Watched(PROBE, server, {CHECK_KEYS: words}) as watched:
        ours = (await watched.round()).samples
    theirs = peer_samples(server, f"-check-single-keys={','.join(words)}")
    families = ("redis_key_size", "redis_key_value")
    expected = {key: value for key, value in theirs.items() if key[0] in families}
    assert len(expected) == 10
    assert {key: value for key, value in ours.items() if key[0] in families} == expected


async def test_strings_as_a_label_are_cut(server: RedisServer) -> None:
    server.call("SET", "long", "1" * 1000)
    server.call("SET", "binary", b"a\xff")
    server.call("SET", "number", "7")
    given = {CHECK_KEYS: ("long", "binary", "number"), EXPORT_KEY_STRINGS: True}
    with Watched(PROBE, server, given) as watched:
        result = await watched.round()
    strings = {
        labels[2:]: value
        for labels, value in result.samples.items()
        if labels[0] == "redis_key_value_as_string"
    }
    assert strings == {("long", "1" * 128): 1.0, ("binary", "a\\xff"): 1.0}
    assert result.samples["redis_key_size", "db0", "long"] == 1000.0
    assert ("redis_key_value", "db0", "long") not in result.samples


@pytest.mark.parametrize("text", ["inf", "nan", "1_000", " 1", "1 ", "", "0x10", "1.2.3"])
async def test_what_is_no_number(server: RedisServer, text: str) -> None:
    server.call("SET", "key", text)
    with Watched(PROBE, server, {CHECK_KEYS: ("key",)}) as watched:
        assert ("redis_key_value", "db0", "key") not in (await watched.round()).samples


async def test_a_pattern_and_the_cap(server: RedisServer) -> None:
    for number in range(30):
        server.call("SET", f"user:{number}", number)
    given = {CHECK_KEYS: ("user:7", "user:*", "user:%2A"), CHECK_KEYS_MAX: 12}
    with Watched(PROBE, server, given) as watched:
        result = await watched.round()
        again = await watched.round()
    found = sizes(result)
    assert len(found) == 12
    assert {"user:7", "user:*"} <= found.keys()
    assert result.samples["redis_health_left_out", "keys"] == 18.0 + 1.0
    assert sizes(again).keys() == found.keys()
    assert ("redis_health_scan_age_seconds", "keys", "db0") in result.samples


async def test_a_search_over_several_rounds(server: RedisServer) -> None:
    for number in range(1000):
        server.call("SET", f"noise:{number}", number)
    server.call("SET", "user:1", 1)
    given = {CHECK_KEYS: ("user:*", "noise:99*"), SCAN_BUDGET: 0.0}
    with Watched(PROBE, server, given) as watched:
        rounds = [await watched.round()]
        while len(sizes(rounds[-1])) < 12:
            assert len(rounds) < 100
            rounds.append(await watched.round())
    # A step a round, and about ten steps for each of the patterns.
    assert len(rounds) > 10
    assert sizes(rounds[0]) == {}


async def test_a_primary_that_must_not_be_scanned_still_tells_of_named_keys(
    server: RedisServer,
) -> None:
    server.call("SET", "a", 1)
    with Watched(PROBE, server, {CHECK_KEYS: ("a", "a*"), SCAN_REPLICAS_ONLY: True}) as watched:
        assert sizes(await watched.round()) == {"a": 1.0}
    assert "cmdstat_scan" not in server.info("commandstats")


async def test_what_was_found_is_not_forgotten_while_scans_are_off() -> None:
    reader = Recorded(
        info_text(role="master", run_id="a"),
        replies={"db0 TYPE a": b"none"},
        options=ProbeOptions(given={"check_keys": ("a", "b*"), "scan_replicas_only": True}),
        last={"scan": "what was found"},
    )
    assert (await ask(PROBE, reader)).facts == {"scan": "what was found"}


async def test_one_bad_database_spoils_nothing(server: RedisServer) -> None:
    server.call("SET", "a", "1")
    with Watched(PROBE, server, {CHECK_KEYS: ("db99=a", "a", "db99=*")}) as watched:
        for _ in range(3):
            result = await watched.round()
            assert sizes(result) == {"a": 1.0}
    # Once learnt, it is not tried each round.
    assert server.info()["total_error_replies"] == "1"


async def test_two_names_that_look_alike_are_one_series(server: RedisServer) -> None:
    server.call("SET", b"\xff", "a")
    server.call("SET", "\\xff", "abc")
    with Watched(PROBE, server, {CHECK_KEYS: ("%FF", "\\xff")}) as watched:
        assert sizes(await watched.round()) == {"\\xff": 1.0}


async def test_a_type_that_nobody_knows() -> None:
    reader = Recorded(
        info_text(role="master"),
        replies={"db0 TYPE a": b"graphdata", "db0 MEMORY USAGE a": 5},
        options=ProbeOptions(given={"check_keys": ("a",)}),
    )
    result = await ask(PROBE, reader)
    assert result.samples == {
        ("redis_key_memory_usage_bytes", "db0", "a"): 5.0,
        ("redis_health_left_out", "keys"): 0.0,
    }


async def test_a_user_with_few_rights(servers: Servers) -> None:
    server = servers()
    server.call("SET", "mine", "5")
    server.call("SET", "theirs", "5")
    rights = ("+info", "+select", "+type", "+strlen", "+client", "~mine")
    server.call("ACL", "SETUSER", "eye", "on", ">pw", "resetkeys", "-@all", *rights)
    given = {CHECK_KEYS: ("mine", "theirs")}
    with Watched(PROBE, server, given, user=("eye", "pw")) as watched:
        result = await watched.round()
        assert sizes(result) == {"mine": 1.0}
        errors = server.info()["total_error_replies"]
        assert sizes(await watched.round()) == {"mine": 1.0}
    assert server.info()["total_error_replies"] == errors


async def test_a_user_who_may_not_scan_sees_the_named_keys(server: RedisServer) -> None:
    server.call("SET", "a", 1)
    rights = ("~*", "+@read", "-scan", "+info", "+select", "+client", "+ping")
    server.call("ACL", "SETUSER", "eye", "on", ">pw", *rights)
    with Watched(PROBE, server, {CHECK_KEYS: ("a", "b*")}, user=("eye", "pw")) as watched:
        assert sizes(await watched.round()) == {"a": 1.0}
    with (
        Watched(PROBE, server, {CHECK_KEYS: ("b*",)}, user=("eye", "pw")) as watched,
        pytest.raises(Unavailable, match="may not run SCAN"),
    ):
        await watched.round()


async def test_a_user_who_may_nothing(servers: Servers) -> None:
    server = servers()
    server.call(
        "ACL", "SETUSER", "eye", "on", ">pw", "~*", "-@all", "+info", "+select", "+client", "+ping"
    )
    with Watched(PROBE, server, {CHECK_KEYS: ("a",)}, user=("eye", "pw")) as watched:
        with pytest.raises(Unavailable, match="may not run TYPE"):
            await watched.round()
        errors = server.info()["total_error_replies"]
        with pytest.raises(Unavailable, match="may not run TYPE"):
            await watched.round()
    assert server.info()["total_error_replies"] == errors


async def test_it_only_reads(server: RedisServer) -> None:
    fill(server)
    before = server.info()["rdb_changes_since_last_save"]
    with Watched(PROBE, server, {CHECK_KEYS: (*NAMES, "*")}) as watched:
        await watched.round()
    assert server.info()["rdb_changes_since_last_save"] == before
    commands = server.info("commandstats")
    assert not {"cmdstat_get", "cmdstat_pfcount", "cmdstat_eval"} & commands.keys()


def test_entries() -> None:
    words = ("a", "db3=b", "4=c=d", "dbx=e", "f%2Cg", "h*", "%2A", "a")
    assert entries(words) == [
        Entry(0, b"a", glob=False),
        Entry(3, b"b", glob=False),
        Entry(4, b"c=d", glob=False),
        Entry(0, b"dbx=e", glob=False),
        Entry(0, b"f,g", glob=False),
        Entry(0, b"h*", glob=True),
        Entry(0, b"*", glob=False),
    ]


def test_labels() -> None:
    assert label_of(b"caf\xc3\xa9 \xff") == "café \\xff"


async def test_what_scan_tells_twice_is_one_name() -> None:
    names = Names(2, frozenset({(0, b"known")}))
    await names.add(Recorded(), Scope(0), [b"a", b"known", b"a", b"b", b"c"])
    assert (list(names.kept), names.left_out) == ([b"a", b"b"], 1)

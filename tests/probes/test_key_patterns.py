"""Counting in the background: in slices, within the budget, and honest about its age."""

from __future__ import annotations

import pytest

from redis_health.errors import RedisFault, Unavailable
from redis_health.model import Condition, Failure, Nature, ProbeOptions
from redis_health.probes._scan import SCAN_BUDGET, SCAN_REPLICAS_ONLY, STEP
from redis_health.probes.key_patterns import CHECK_KEY_PATTERNS, PROBE
from tests.conftest import Servers
from tests.kinds import MATRIX
from tests.probes.peer import peer_samples
from tests.probes.readers import Recorded, Round, ask, info_text
from tests.probes.rounds import Watched
from tests.servers import RedisServer

AGE = "redis_health_scan_age_seconds"
DURATION = "redis_health_scan_duration_seconds"


def big(servers: Servers, kind: str, keys: int) -> RedisServer:
    server = servers(kind, config={} if kind == "redis-6.2" else {"enable-debug-command": "yes"})
    server.call("DEBUG", "POPULATE", keys)
    server.call("CONFIG", "RESETSTAT")
    return server


def counts(result: Round) -> dict[tuple[str, ...], object]:
    return {
        labels[1:]: value
        for labels, value in result.samples.items()
        if labels[0] == "redis_keys_count"
    }


def statistics(server: RedisServer, command: str) -> dict[str, float]:
    line = server.info("commandstats").get(f"cmdstat_{command}", "")
    return {
        name: float(value) for name, value in (pair.split("=") for pair in line.split(",") if pair)
    }


@pytest.mark.parametrize("kind", MATRIX)
async def test_a_big_keyspace_is_scanned_in_slices(servers: Servers, kind: str) -> None:
    server = big(servers, kind, 300_000)
    budget = 0.1
    given = {CHECK_KEY_PATTERNS: ("key:1*",), SCAN_BUDGET: budget}
    with Watched(PROBE, server, given) as watched:
        used = 0.0
        rounds: list[Round] = []
        while not rounds or not counts(rounds[-1]):
            rounds.append(await watched.round())
            before, used = used, statistics(server, "scan")["usec"] / 1e6
            # What the server was held in this round, all its steps together.
            assert used - before <= budget
    assert len(rounds) > 2
    assert counts(rounds[-1]) == {("db0", "key:1*"): 111_111.0}
    assert float(str(rounds[-1].samples[DURATION, "key_patterns", "db0"])) > budget
    ages = [float(str(each.samples[AGE, "key_patterns", "db0"])) for each in rounds]
    # A pass that has not ended shows so: its age grows, and there is no duration.
    assert ages[:-1] == sorted(ages[:-1])
    assert ages[-1] < ages[-2]
    assert all((DURATION, "key_patterns", "db0") not in each.samples for each in rounds[:-1])
    assert statistics(server, "scan")["calls"] >= 300_000 / STEP * 0.9


async def test_without_a_budget_it_still_gets_on(servers: Servers) -> None:
    server = big(servers, "redis-7.0", 1000)
    with Watched(PROBE, server, {CHECK_KEY_PATTERNS: ("*",), SCAN_BUDGET: 0.0}) as watched:
        rounds = await watched.rounds_until("redis_keys_count", most=20)
    assert len(rounds) == statistics(server, "scan")["calls"]


async def test_the_last_result_stays_while_the_next_pass_is_under_way(servers: Servers) -> None:
    server = big(servers, "redis-7.0", 1000)
    with Watched(PROBE, server, {CHECK_KEY_PATTERNS: ("*",), SCAN_BUDGET: 0.0}) as watched:
        await watched.rounds_until("redis_keys_count", most=20)
        server.call("DEBUG", "POPULATE", 1000, "other")
        result = await watched.round()
    assert counts(result) == {("db0", "*"): 1000.0}


async def test_every_database_and_the_peer(server: RedisServer) -> None:
    for number in range(5):
        server.call("SET", f"user:{number}", 1)
    server.call("EVAL", "redis.call('SELECT', 3) redis.call('SET', 'user:x', 1)", 0)
    words = ("user:*", "db3=*", "db5=*", "*[34]", "db99=*")
    with Watched(PROBE, server, {CHECK_KEY_PATTERNS: words}) as watched:
        result = await watched.round()
    theirs = peer_samples(server, f"-count-keys={','.join(words[:-1])}")
    expected = {key[1:]: value for key, value in theirs.items() if key[0] == "redis_keys_count"}
    assert len(expected) == 4
    assert counts(result) == expected
    assert (AGE, "key_patterns", "db3") in result.samples
    assert (DURATION, "key_patterns", "db99") not in result.samples


async def test_replicas_alone(servers: Servers) -> None:
    primary = servers()
    replica = servers(config={"replicaof": f"127.0.0.1 {primary.port}"})
    given = {CHECK_KEY_PATTERNS: ("*",), SCAN_REPLICAS_ONLY: True}
    with (
        Watched(PROBE, primary, given) as watched,
        pytest.raises(Unavailable, match="this is a primary, and scan-replicas-only is on"),
    ):
        await watched.round()
    assert statistics(primary, "scan") == {}
    with Watched(PROBE, replica, given) as watched:
        assert counts(await watched.round()) == {("db0", "*"): 0.0}


async def test_it_has_a_connection_of_its_own(server: RedisServer) -> None:
    with Watched(PROBE, server, {CHECK_KEY_PATTERNS: ("db3=*",)}) as watched:
        await watched.round()
        await watched.round()
        clients = server.call("CLIENT", "LIST").splitlines()
    named = [line for line in clients if "name=redis-health-keys" in line]
    assert len(named) == 1
    assert " db=3 " in named[0]


async def test_it_only_reads(server: RedisServer) -> None:
    with Watched(PROBE, server, {CHECK_KEY_PATTERNS: ("*",)}) as watched:
        await watched.round()
    commands = {name for name in server.info("commandstats") if name.startswith("cmdstat_")}
    ours = {"info", "scan", "select", "client|setname"}
    # What the test itself and the login have asked.
    others = {"ping", "command", "config|get", "hello", "client|setinfo", "auth"}
    assert commands <= {f"cmdstat_{name}" for name in ours | others}
    assert "cmdstat_scan" in commands


async def test_a_user_who_may_not_scan(server: RedisServer) -> None:
    rights = ("~*", "-@all", "+info", "+select", "+client", "+ping")
    server.call("ACL", "SETUSER", "eye", "on", ">pw", *rights)
    given = {CHECK_KEY_PATTERNS: ("*",)}
    with Watched(PROBE, server, given, user=("eye", "pw")) as watched:
        for _ in range(3):
            with pytest.raises(Unavailable, match="user eye may not run SCAN"):
                await watched.round()
    assert server.info()["total_error_replies"] == "1"


async def test_another_process_is_scanned_from_the_start(servers: Servers) -> None:
    server = big(servers, "redis-7.0", 1000)
    with Watched(PROBE, server, {CHECK_KEY_PATTERNS: ("*",), SCAN_BUDGET: 0.0}) as watched:
        await watched.rounds_until("redis_keys_count", most=20)
        await watched.round()
        server.kill()
        server.start()
        server.call("SET", "a", 1)
        watched.reconnect()
        rounds = await watched.rounds_until("redis_keys_count", most=3)
    assert counts(rounds[-1]) == {("db0", "*"): 1.0}


class Steps(Recorded):
    """A server whose clock goes on by 10 ms with every command."""

    async def command(self, *arguments: str | int) -> object:
        self.monotonic += 0.01
        return await super().command(*arguments)


def steps(*words: str, **replies: object) -> Steps:
    return Steps(
        info_text(run_id="a"),
        replies={name.replace("_", " "): value for name, value in replies.items()},
        options=ProbeOptions(given={"check_key_patterns": words, "scan_budget": 0.025}),
    )


def scan(database: int, cursor: int) -> str:
    return f"db{database} SCAN {cursor} MATCH * COUNT {STEP}"


async def test_the_turns() -> None:
    reader = steps("*", "db1=*")
    reader.replies = {
        scan(0, 0): [b"5", [b"a"]],
        scan(0, 5): [b"6", [b"b", b"c"]],
        scan(0, 6): [b"0", [b"d"]],
        scan(1, 0): [b"0", [b"e"]],
    }
    first = await ask(PROBE, reader)
    # A third step would end after the 25 ms.
    assert reader.asked == [scan(0, 0), scan(0, 5)]
    assert counts(first) == {}
    assert first.samples[AGE, "key_patterns", "db1"] == pytest.approx(0.02)
    second = await ask(PROBE, reader)
    assert reader.asked[2:] == [scan(0, 6), scan(1, 0)]
    assert counts(second) == {("db0", "*"): 4.0, ("db1", "*"): 1.0}
    assert second.samples[DURATION, "key_patterns", "db0"] == pytest.approx(0.03)
    reader.asked.clear()
    await ask(PROBE, reader)
    # The turn is that of the one whose result is the oldest.
    assert reader.asked == [scan(0, 0), scan(0, 5)]


async def test_a_round_that_fails_loses_its_own_steps_alone() -> None:
    reader = steps("*")
    broken = RedisFault(Failure(Condition("GONE", "", ""), Nature.TRANSPORT, "gone"))
    reader.options = ProbeOptions(given={"check_key_patterns": ("*",), "scan_budget": 0.0})
    reader.replies = {scan(0, 0): [b"5", [b"a"]]}
    await ask(PROBE, reader)
    reader.options = ProbeOptions(given={"check_key_patterns": ("*",), "scan_budget": 1.0})
    reader.replies = {scan(0, 5): [b"6", [b"b"]], scan(0, 6): broken}
    with pytest.raises(RedisFault):
        await ask(PROBE, reader)
    reader.replies = {scan(0, 5): [b"6", [b"b"]], scan(0, 6): [b"0", [b"c"]]}
    assert counts(await ask(PROBE, reader)) == {("db0", "*"): 3.0}


@pytest.mark.parametrize("reply", [b"junk", [], [b"0"], [0, []], None])
async def test_junk_is_passed_over(reply: object) -> None:
    reader = steps("*", "db1=*")
    reader.replies = {scan(0, 0): reply, scan(1, 0): [b"0", [b"e", None]]}
    assert counts(await ask(PROBE, reader)) == {("db1", "*"): 1.0}


async def test_another_run_id_begins_anew() -> None:
    reader = steps("*")
    reader.options = ProbeOptions(given={"check_key_patterns": ("*",), "scan_budget": 0.0})
    reader.replies = {scan(0, 0): [b"5", [b"a"]]}
    await ask(PROBE, reader)
    reader.text = info_text(run_id="b")
    reader.asked.clear()
    await ask(PROBE, reader)
    assert reader.asked == [scan(0, 0)]


async def test_too_many_patterns() -> None:
    words = tuple(f"{number}*" for number in range(53))
    reader = steps(*words)
    reader.replies = {f"db0 SCAN 0 MATCH {word} COUNT {STEP}": [b"0", []] for word in words}
    result = await ask(PROBE, reader)
    assert result.samples["redis_health_left_out", "key_patterns"] == 3.0


async def test_nothing_wanted_nothing_asked() -> None:
    reader = Recorded(info_text(run_id="a"))
    assert (await ask(PROBE, reader)).items == ()
    assert reader.asked == []

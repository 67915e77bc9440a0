"""A monitor beside a real server: what it says of faults, and how soon."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from structlog.testing import capture_logs

from redis_health.exposition import Format
from redis_health.model import Policy, ProbeOptions, State, Target, Verdict
from redis_health.monitor import Monitor
from redis_health.probes import catalogue
from tests.monitor.watching import block, monitor, schedules, until
from tests.ports import free_port
from tests.servers import RedisServer


def page(watching: Monitor) -> str:
    return watching.exposition.body(Format.TEXT, gzipped=False).decode()


def is_up(watching: Monitor) -> bool:
    return watching.verdict.state is State.UP and watching.snapshot.settled


@pytest.fixture
async def watching(server: RedisServer) -> AsyncIterator[Monitor]:
    async with monitor(server) as watching:
        await until(lambda: is_up(watching))
        yield watching


async def test_a_server_that_is_well_is_up(watching: Monitor, server: RedisServer) -> None:
    verdict = watching.verdict
    assert not verdict.reasons
    assert verdict.redis_up is True
    assert verdict.identity is not None
    assert verdict.identity.version == server.info()["redis_version"]
    assert verdict.fresh == {probe.name for probe in watching.probes}
    assert watching.stuck() == ()
    text = page(watching)
    assert "\nservice_health 1\n" in text
    assert "\nredis_up 1\n" in text
    assert "\nredis_memory_used_bytes " in text


async def test_a_frozen_server_is_down_within_the_bound_and_comes_back(
    watching: Monitor, server: RedisServer
) -> None:
    loop = asyncio.get_running_loop()
    frozen_at = loop.time()
    with server.frozen():
        await until(lambda: watching.verdict.state is State.DOWN)
        # 0.2 s for a machine that is busy with other things.
        assert loop.time() - frozen_at <= watching.verdict.detect_within + 0.2
        assert watching.verdict.codes == {"TIMEOUT"}
        assert watching.verdict.redis_up is False
        text = page(watching)
        assert "\nredis_up 0\n" in text
        assert 'redis_health_reason{code="TIMEOUT"' in text
        assert "redis_memory_used_bytes" not in text
        assert "redis_latency_seconds" not in text
    await until(lambda: is_up(watching))
    await until(lambda: "\nredis_memory_used_bytes " in page(watching))


async def test_a_killed_server_is_refused_at_once(watching: Monitor, server: RedisServer) -> None:
    server.kill()
    await until(lambda: watching.verdict.state is State.DOWN, within=2.0)
    assert watching.verdict.codes == {"CONN_REFUSED"}
    assert "last seen at" in watching.verdict.reasons[0].message
    assert not watching.verdict.fresh
    server.start()
    await until(lambda: is_up(watching))


async def test_a_connection_that_is_killed_is_replaced_in_silence(
    server: RedisServer,
) -> None:
    # Long intervals: only the end of the connection itself can be what wakes the probe.
    slow = Policy(schedules=schedules(catalogue(), interval=30.0, timeout=2.0))
    async with monitor(server, policy=slow) as watching:
        await until(lambda: is_up(watching))
        heard: list[Verdict] = []
        watching.subscribe(lambda _before, after: heard.append(after))
        rounds = watching.snapshot.checks["ping"].rounds
        server.call("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
        await until(lambda: watching.snapshot.checks["ping"].rounds > rounds, within=5.0)
        assert watching.verdict.state is State.UP
        [note] = [each for each in watching.verdict.notes if each.check == "ping"]
        assert note.code == "RECONNECTED"
        assert "(1 in last 5 min)" in note.message
        assert "\nredis_health_reconnects_total 1\n" in page(watching)
        assert not heard


async def test_a_task_that_died_leaves_nothing_green_behind(
    server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("redis_health.monitor.tasks._FIRST_PAUSE", 3600.0)
    monkeypatch.setattr("redis_health.monitor.tasks._LONGEST_PAUSE", 3600.0)
    async with monitor(server) as watching:
        await until(lambda: is_up(watching))
        with capture_logs() as lines:
            _cancel("memory")
            await until(lambda: watching.verdict.codes == {"UNOBSERVED"})
        assert watching.verdict.state is State.DEGRADED
        assert "memory" not in watching.verdict.fresh
        text = page(watching)
        assert "redis_memory_used_bytes" not in text
        assert "redis_connections_current" in text
        assert 'redis_health_probe_restarts_total{probe="memory"} 1' in text
        assert {"probe task died", "verdict"} == {line["event"] for line in lines}
        _cancel("ping")
        await until(lambda: watching.verdict.state is State.DOWN)
        assert watching.verdict.codes == {"UNOBSERVED"}
        assert watching.verdict.redis_up is None
        assert "\nredis_up " not in page(watching)


async def test_a_task_that_died_is_started_again(watching: Monitor) -> None:
    rounds = watching.snapshot.checks["memory"].rounds
    _cancel("memory")
    await until(lambda: watching.snapshot.checks["memory"].rounds > rounds + 1)
    assert watching.stuck() == ()


def _cancel(probe: str) -> None:
    (task,) = [task for task in asyncio.all_tasks() if task.get_name() == f"probe:{probe}"]
    task.cancel()


async def test_a_stall_of_our_loop_is_not_blamed_on_redis(watching: Monitor) -> None:
    heard: list[Verdict] = []
    watching.subscribe(lambda _before, after: heard.append(after))
    block(2.0)
    await until(lambda: "LOOP_STALL" in {note.code for note in watching.verdict.notes})
    await until(lambda: is_up(watching))
    assert {code for verdict in heard for code in verdict.codes} <= {"UNOBSERVED"}
    assert not any(standing.flap for standing in watching.snapshot.checks.values())


async def test_a_stall_while_redis_is_silent_does_not_count_as_silence(
    watching: Monitor, server: RedisServer
) -> None:
    with server.frozen():
        block(2.0)
    for _ in range(20):
        assert watching.verdict.codes <= {"UNOBSERVED"}
        await asyncio.sleep(0.02)
    await until(lambda: is_up(watching))


async def test_messages_that_count_on_are_no_news(full: Monitor) -> None:
    heard: list[Verdict] = []
    watching = full
    await until(lambda: "OOM" in watching.verdict.codes)
    watching.subscribe(lambda _before, after: heard.append(after))
    with capture_logs() as lines:
        rounds = watching.snapshot.checks["memory"].rounds
        await until(lambda: watching.snapshot.checks["memory"].rounds > rounds + 3)
    assert not heard
    assert not lines


@pytest.fixture
async def full(server: RedisServer) -> AsyncIterator[Monitor]:
    """A server whose memory is full; how full is told in every message."""
    server.call("CONFIG", "SET", "maxmemory", "1")
    async with monitor(server) as watching:
        yield watching


async def test_a_listener_that_fails_stops_nobody(watching: Monitor, server: RedisServer) -> None:
    heard: list[tuple[State, State]] = []

    def broken(_before: Verdict, _after: Verdict) -> None:
        raise RuntimeError("deaf")

    watching.subscribe(broken)
    watching.subscribe(lambda before, after: heard.append((before.state, after.state)))
    with capture_logs() as lines:
        server.kill()
        await until(lambda: heard)
    assert heard == [(State.UP, State.DOWN)]
    assert "a listener failed" in [line["event"] for line in lines]
    assert 'redis_health_transitions_total{from="up",to="down"} 1' in page(watching)
    assert watching.stuck() == ()


async def test_what_redis_refuses_is_told_once(server: RedisServer) -> None:
    rights = ("+ping", "+client", "+info", "+config|get", "+latency", "+acl|dryrun")
    server.call("ACL", "SETUSER", "mon", "on", ">pw", *rights)
    target = Target(host="127.0.0.1", port=server.port, username="mon", password="pw")
    with capture_logs() as lines:
        async with monitor(server, target=target) as watching:
            await until(lambda: watching.snapshot.checks["slowlog"].rounds > 3)
            assert watching.verdict.state is State.UP
            refused = [line for line in lines if line["event"] == "not available"]
            assert [line["check"] for line in refused] == ["slowlog"]
            assert "slowlog" in refused[0]["why"].lower()


async def test_two_monitors_share_nothing(server: RedisServer) -> None:
    async with monitor(server) as one, monitor(free_port()) as other:
        await until(lambda: is_up(one) and other.verdict.codes == {"CONN_REFUSED"})
        assert one.registry is not other.registry
        assert "\nredis_up 1\n" in page(one)
        assert "\nredis_up 0\n" in page(other)
        assert one.snapshot.target != other.snapshot.target


async def test_one_look(server: RedisServer) -> None:
    watching = monitor(server)
    verdict = await watching.look()
    assert verdict.state is State.UP
    assert watching.snapshot.settled
    assert watching.stuck() == ()
    once = Policy(
        fall=dict.fromkeys(watching.policy.fall, 1), schedules=schedules(catalogue(), timeout=0.3)
    )
    with server.frozen():
        assert (await monitor(server, policy=once).look()).codes == {"TIMEOUT"}
    server.kill()
    assert (await monitor(server, policy=once).look()).codes == {"CONN_REFUSED"}


async def test_a_check_may_be_left_out(watching: Monitor, server: RedisServer) -> None:
    server.call("CONFIG", "SET", "maxmemory", "1")
    await until(lambda: "OOM" in watching.verdict.codes)
    assert watching.judged_without(frozenset({"memory"})).state is State.UP
    assert watching.verdict.state is State.DOWN


async def test_the_write_check_runs_where_it_is_asked_for(server: RedisServer) -> None:
    options = ProbeOptions(given={"check_write": True})
    async with monitor(server, options=options) as watching:
        assert "write" in {probe.name for probe in watching.probes}
        await until(lambda: is_up(watching))
        server.call("CLIENT", "PAUSE", "60000", "WRITE")
        await until(lambda: watching.verdict.state is State.DOWN)
        assert watching.verdict.codes == {"PAUSED_WRITE"}
        server.call("CLIENT", "UNPAUSE")
        await until(lambda: is_up(watching))


async def test_before_it_starts_it_says_so(server: RedisServer) -> None:
    watching = monitor(server)
    assert watching.verdict.codes == {"STARTING"}
    assert watching.stuck() == ()
    text = page(watching)
    assert "\nservice_health 0\n" in text
    assert "\nredis_up " not in text


async def test_after_its_end_nothing_runs(server: RedisServer) -> None:
    async with monitor(server) as watching:
        await until(lambda: is_up(watching))
    names = {task.get_name() for task in asyncio.all_tasks()}
    assert not any(name.startswith("probe:") for name in names)
    # Asked later it judges what has gone stale, and leaves no timer behind.
    await until(lambda: watching.verdict.state is State.DOWN)
    assert watching.verdict.codes == {"UNOBSERVED"}


async def test_a_cancelled_end_still_closes_the_connections(server: RedisServer) -> None:
    async def serve() -> None:
        async with monitor(server) as watching:
            await until(lambda: is_up(watching))
            started.set()
            await asyncio.Event().wait()

    started = asyncio.Event()
    task = asyncio.create_task(serve())
    await started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await until(lambda: "name=redis-health " not in server.call("CLIENT", "LIST"))


async def test_a_short_interval_of_one_probe_is_its_own(server: RedisServer) -> None:
    found = catalogue()
    policy = Policy(schedules=schedules(found, interval=30.0, timeout=2.0))
    quick = {**policy.schedules, "ping": replace(policy.schedules["ping"], interval=0.05)}
    async with monitor(server, policy=replace(policy, schedules=quick)) as watching:
        await until(lambda: watching.snapshot.checks["ping"].rounds > 10)
        # The first answer of ping wakes nobody: nothing was wrong before it.
        assert {s.rounds for n, s in watching.snapshot.checks.items() if n != "ping"} == {1}

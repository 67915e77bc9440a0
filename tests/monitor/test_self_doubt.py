"""What is our own fault is told as such by the very first who asks."""

from __future__ import annotations

import asyncio
import time

import pytest

from redis_health.cli.eventloop import run
from redis_health.exposition import Format
from redis_health.model import Policy, State, Verdict
from redis_health.monitor import Monitor
from redis_health.probes import catalogue
from tests.monitor.scraping import allowing, pool_of
from tests.monitor.watching import block, monitor, schedules, until
from tests.recorder import Recorder
from tests.servers import RedisServer


def is_up(watching: Monitor) -> bool:
    return watching.verdict.state is State.UP and watching.snapshot.settled


def told(verdict: Verdict) -> str:
    assert verdict.codes == {"UNOBSERVED"}, verdict.reasons
    assert verdict.redis_up is None
    assert not verdict.fresh
    assert "LOOP_STALL" in {note.code for note in verdict.notes}
    return verdict.reasons[0].message


async def test_the_first_who_asks_after_a_stall_is_told_of_it(server: RedisServer) -> None:
    async with monitor(server) as watching:
        await until(lambda: is_up(watching))
        block(2.0)
        # Nothing has run since, neither a timer nor a probe.
        assert watching.stuck() == ()
        message = told(watching.verdict)
        assert "(the service's own event loop stalled for 1." in message
        await until(lambda: is_up(watching))


def test_after_a_suspension_nothing_of_before_is_evidence(
    server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, suspended = time.clock_gettime, 0.0
    monkeypatch.setattr(time, "clock_gettime", lambda clock: real(clock) + suspended)

    async def main() -> None:
        nonlocal suspended
        policy = Policy(schedules=schedules(catalogue(), interval=10.0, timeout=2.0))
        async with monitor(server, policy=policy) as watching:
            await until(lambda: is_up(watching))
            observed = watching.snapshot.checks["ping"].success
            assert observed is not None
            suspended = 60.0
            message = told(watching.verdict)
            assert "ping last ran 60 s ago (every 10 s)" in message
            assert "stalled for 59." in message or "stalled for 60." in message
            assert watching.stuck() == ()
            await until(lambda: is_up(watching))

    run(main())


async def test_a_round_that_we_spoilt_is_made_again_soon(server: RedisServer) -> None:
    policy = Policy(schedules=schedules(catalogue(), interval=30.0, timeout=1.0))
    with server.frozen():
        async with monitor(server, policy=policy) as watching:
            # Every round is waiting for its answer by now.
            await asyncio.sleep(0.1)
            block(3.0)
            await until(lambda: any(each.rounds for each in watching.snapshot.checks.values()))
            faults = {each.own_fault for each in watching.snapshot.checks.values() if each.rounds}
            assert all(fault and "event loop stalled" in fault for fault in faults), faults
            server.thaw()
            await until(lambda: is_up(watching), within=8.0)


async def test_who_has_waited_for_us_does_not_presume_that_redis_is_down() -> None:
    with Recorder() as mute:
        async with pool_of(allowing("127.0.0.1")) as pool:
            asked = asyncio.create_task(pool.scrape([f"127.0.0.1:{mute.port}"], within=0.5))
            await until(lambda: mute.heard)
            # Over before the deadline of any round, so that none tells of it.
            block(0.8)
            exposition = await asked
            body = exposition.body(Format.TEXT, gzipped=False)
            assert b"\nredis_up " not in body
            assert b"\nservice_health 0\n" in body

"""One round: whatever happens in it becomes a result."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable

import pytest
from structlog.testing import capture_logs

from redis_health.client import Session
from redis_health.errors import OwnFault, RedisFault, Unavailable
from redis_health.model import (
    Fact,
    Item,
    Metric,
    Policy,
    Probe,
    ProbeOptions,
    Reader,
    Sample,
    Schedule,
    SystemClock,
    Target,
)
from redis_health.monitor.loopwatch import LoopWatch
from redis_health.monitor.rounds import Rounds
from redis_health.replies import Phase, failure_of_silence
from tests.monitor.watching import block, deaf
from tests.ports import free_port

SILENT = failure_of_silence(Phase.REPLY, where="x", seconds=1.0)
SAMPLE = Sample(Metric("x", "X."), 1.0)


@pytest.fixture
async def rounds() -> AsyncIterator[Rounds]:
    target = Target(host="127.0.0.1", port=free_port())
    watch = LoopWatch()
    watch.subscribe(deaf)
    yield Rounds(
        Session(target, info_timeout=1.0),
        policy=Policy(schedules={"x": Schedule(interval=1.0, timeout=0.4)}),
        options=ProbeOptions(),
        clock=SystemClock(),
        watch=watch,
    )
    watch.unsubscribe(deaf)


def probe(collect: Callable[[Reader], Awaitable[Iterable[Item]]]) -> Probe:
    return Probe(name="x", summary="", interval=1.0, timeout=0.4, collect=collect)


def raising(error: Exception) -> Probe:
    async def collect(_reader: Reader) -> Iterable[Item]:
        raise error

    return probe(collect)


async def test_a_good_round(rounds: Rounds) -> None:
    async def collect(reader: Reader) -> Iterable[Item]:
        items: list[Item] = [SAMPLE, Fact("n", reader.last.get("n", 0))]
        return iter(items)

    result = await rounds.run(probe(collect), {"n": 7})
    assert result.ok
    assert result.samples == (SAMPLE,)
    assert result.facts == {"n": 7}
    assert result.expires == pytest.approx(result.observed + 2.4)
    assert result.started <= result.observed <= result.finished


async def test_faults_and_refusals_become_part_of_the_result(rounds: Rounds) -> None:
    failed = await rounds.run(raising(RedisFault(SILENT)), {})
    assert (failed.failure, failed.ok) == (SILENT, False)
    own = await rounds.run(raising(OwnFault("no descriptors")), {})
    assert (own.own_fault, own.failure, own.ok) == ("no descriptors", None, False)
    refused = await rounds.run(raising(Unavailable("SLOWLOG", "not allowed")), {"kept": 1})
    assert (refused.unavailable, refused.ok) == ("not allowed", True)
    assert refused.facts == {"kept": 1}


async def test_a_bug_is_our_own_fault_and_logged_once(rounds: Rounds) -> None:
    async def fine(_reader: Reader) -> Iterable[Item]:
        return []

    with capture_logs() as lines:
        for number in range(5):
            result = await rounds.run(raising(ValueError(f"bad number {number}")), {})
            assert result.own_fault == f"the probe failed: ValueError: bad number {number}"
        assert [line["event"] for line in lines] == ["probe failed"]
        assert isinstance(lines[0]["exc_info"], ValueError)
        await rounds.run(raising(KeyError("another")), {})
        assert len(lines) == 2
        # Once it has worked, it is news when it fails again.
        await rounds.run(probe(fine), {})
        await rounds.run(raising(KeyError("another")), {})
        assert len(lines) == 3


async def test_a_round_that_ignores_its_deadline_is_ended(
    rounds: Rounds, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("redis_health.monitor.rounds._BACKSTOP", 0.1)

    async def endless(_reader: Reader) -> Iterable[Item]:
        await asyncio.Event().wait()
        raise AssertionError

    result = await rounds.run(probe(endless), {})
    assert result.own_fault == "the round did not end 0.1 s after its deadline"


async def test_a_cancellation_passes(rounds: Rounds) -> None:
    begun = asyncio.Event()

    async def endless(_reader: Reader) -> Iterable[Item]:
        begun.set()
        await asyncio.Event().wait()
        raise AssertionError

    task = asyncio.create_task(rounds.run(probe(endless), {}))
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_silence_while_our_loop_stood_still_proves_nothing(rounds: Rounds) -> None:
    async def stalled(_reader: Reader) -> Iterable[Item]:
        block(0.5)
        raise RedisFault(SILENT)

    result = await rounds.run(probe(stalled), {})
    assert result.failure is None
    assert result.own_fault is not None
    assert result.own_fault.startswith("the event loop stalled for 0.")


async def test_an_answer_that_has_waited_for_us_is_as_old_as_that(rounds: Rounds) -> None:
    async def stalled(_reader: Reader) -> Iterable[Item]:
        block(0.3)
        block(0.3)
        return [SAMPLE]

    result = await rounds.run(probe(stalled), {})
    assert result.ok
    assert result.finished - result.started >= 0.6
    # The heartbeat was not due for the first quarter of a second at most.
    assert result.started <= result.observed < result.started + 0.3
    assert result.expires == pytest.approx(result.observed + 2.4)


async def test_what_redis_says_counts_although_our_loop_stood_still(rounds: Rounds) -> None:
    async def stalled(reader: Reader) -> Iterable[Item]:
        block(0.3)
        return [Fact("reply", await reader.command("PING"))]

    result = await rounds.run(probe(stalled), {})
    assert result.failure is not None
    assert result.failure.code == "CONN_REFUSED"


async def test_a_failure_is_observed_when_it_comes(rounds: Rounds) -> None:
    async def late(reader: Reader) -> Iterable[Item]:
        vars(reader)["observed"] = reader.now() - 0.3
        raise RedisFault(SILENT)

    result = await rounds.run(probe(late), {})
    assert result.observed == result.finished

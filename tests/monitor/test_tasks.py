"""Probe tasks: woken, restarted, counted, and ended."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest

from redis_health.monitor.tasks import HOPELESS, ProbeTask, TaskKeeper
from tests.monitor.watching import until


@dataclass
class HandClock:
    moment: float = 100.0

    def now(self) -> float:
        return self.moment

    def wall(self) -> float:
        return self.moment


@dataclass
class Probe:
    """A turn that the test controls, and what was heard of its deaths."""

    pause: float = 3600.0
    error: BaseException | None = None
    rounds: int = 0
    hold: asyncio.Event = field(default_factory=asyncio.Event)
    deaths: list[tuple[str, BaseException | None, float]] = field(default_factory=list)

    async def turn(self) -> tuple[float, float]:
        self.rounds += 1
        await self.hold.wait()
        if self.error is not None:
            raise self.error
        return self.pause, 2.0


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def probe() -> Probe:
    probe = Probe()
    probe.hold.set()
    return probe


@pytest.fixture
def task(probe: Probe, clock: HandClock) -> ProbeTask:
    return ProbeTask("ping", probe.turn, clock=clock, allowance=2.0)


@pytest.fixture
def stalls() -> list[float]:
    """Seconds for which our loop has stood still."""
    return []


@pytest.fixture
async def keeper(
    probe: Probe,
    task: ProbeTask,
    clock: HandClock,
    stalls: list[float],
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[TaskKeeper]:
    monkeypatch.setattr("redis_health.monitor.tasks._FIRST_PAUSE", 0.01)
    keeper = TaskKeeper(
        [task],
        clock=clock,
        died=lambda task, error, pause: probe.deaths.append((task.name, error, pause)),
        stalled_since=lambda moment: sum(stalls) if moment <= clock.moment else 0.0,
    )
    keeper.start()
    yield keeper
    await keeper.close()
    assert task.task is not None
    assert task.task.done()


async def test_a_task_that_is_woken_begins_its_next_round(keeper: TaskKeeper, probe: Probe) -> None:
    await until(lambda: probe.rounds == 1)
    await asyncio.sleep(0)
    keeper.wake(["ping", "not one of ours"])
    await until(lambda: probe.rounds == 2)


async def test_a_wake_during_a_round_is_not_lost(keeper: TaskKeeper, probe: Probe) -> None:
    await until(lambda: probe.rounds == 1)
    probe.hold.clear()
    keeper.wake(["ping"])
    await until(lambda: probe.rounds == 2)
    keeper.wake(["ping"])
    probe.hold.set()
    await until(lambda: probe.rounds == 3)


async def test_a_task_that_is_cancelled_is_started_again(
    keeper: TaskKeeper, probe: Probe, task: ProbeTask
) -> None:
    await until(lambda: probe.rounds == 1)
    assert task.task is not None
    task.task.cancel()
    await until(lambda: probe.rounds == 2)
    assert probe.deaths == [("ping", None, 0.01)]
    assert keeper.stuck() == ()


async def test_a_task_that_dies_again_and_again_is_started_ever_later(
    keeper: TaskKeeper, probe: Probe, task: ProbeTask
) -> None:
    probe.error = RuntimeError("a bug")
    keeper.wake(["ping"])
    await until(lambda: len(probe.deaths) == HOPELESS)
    assert [pause for _, _, pause in probe.deaths] == [0.01, 0.02, 0.04, 0.08, 0.16]
    assert {error for _, error, _ in probe.deaths} == {probe.error}
    assert keeper.stuck() == ("ping",)
    probe.error = None
    await until(lambda: not keeper.stuck())
    assert task.deaths == 0


async def test_a_round_that_does_not_end_is_stuck(
    keeper: TaskKeeper, probe: Probe, clock: HandClock
) -> None:
    await until(lambda: probe.rounds == 1)
    probe.hold.clear()
    keeper.wake(["ping"])
    await until(lambda: probe.rounds == 2)
    clock.moment += 7.0
    assert keeper.stuck() == ()
    clock.moment += 0.1
    assert keeper.stuck() == ("ping",)
    probe.hold.set()
    await until(lambda: keeper.stuck() == ())


async def test_no_task_is_to_blame_for_a_stall_of_the_loop(
    keeper: TaskKeeper, probe: Probe, clock: HandClock, stalls: list[float]
) -> None:
    await until(lambda: probe.rounds == 1)
    probe.hold.clear()
    keeper.wake(["ping"])
    await until(lambda: probe.rounds == 2)
    clock.moment += 17.0
    stalls.append(10.5)
    assert keeper.stuck() == ()
    clock.moment += 1.0
    assert keeper.stuck() == ("ping",)
    probe.hold.set()


async def test_a_death_that_cannot_be_told_is_no_end(
    probe: Probe, task: ProbeTask, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def mute(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr("redis_health.monitor.tasks._FIRST_PAUSE", 0.01)
    asyncio.get_running_loop().set_exception_handler(lambda _loop, _context: None)
    keeper = TaskKeeper([task], clock=clock, died=mute)
    keeper.start()
    await until(lambda: probe.rounds == 1)
    assert task.task is not None
    task.task.cancel()
    await until(lambda: probe.rounds == 2)
    await keeper.close()


async def test_waiting_for_the_next_round_is_progress(
    keeper: TaskKeeper, probe: Probe, clock: HandClock
) -> None:
    await until(lambda: probe.rounds == 1)
    await asyncio.sleep(0)
    clock.moment += 3600.0
    assert keeper.stuck() == ()
    clock.moment += 7.1
    assert keeper.stuck() == ("ping",)


async def test_closing_ends_all_and_starts_nothing_again(
    keeper: TaskKeeper, probe: Probe, task: ProbeTask
) -> None:
    probe.error = RuntimeError("a bug")
    keeper.wake(["ping"])
    await until(lambda: len(probe.deaths) == 1)
    await keeper.close()
    assert task.task is not None
    rounds = probe.rounds
    await asyncio.sleep(0.05)
    assert probe.rounds == rounds


async def test_closing_does_not_swallow_a_cancellation(clock: HandClock) -> None:
    released = asyncio.Event()

    async def stubborn() -> tuple[float, float]:
        try:
            await asyncio.Event().wait()
        finally:
            # Takes its time over the end, as a probe that closes a connection may.
            await released.wait()
        raise AssertionError

    task = ProbeTask("slow", stubborn, clock=clock, allowance=1.0)
    keeper = TaskKeeper([task], clock=clock, died=lambda *_: None)
    keeper.start()
    await asyncio.sleep(0)
    closing = asyncio.create_task(keeper.close())
    await asyncio.sleep(0)
    closing.cancel()
    released.set()
    with pytest.raises(asyncio.CancelledError):
        await closing
    assert task.task is not None
    assert task.task.cancelled()

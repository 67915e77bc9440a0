"""Stalls of our own event loop are seen."""

from __future__ import annotations

import asyncio

import pytest
from structlog.testing import capture_logs

from redis_health.monitor import LoopWatch
from redis_health.monitor.loopwatch import PERIOD, WINDOW
from tests.monitor.watching import block, deaf, until


class Heard(list[tuple[float, float]]):
    def stall(self, ended: float, seconds: float) -> None:
        self.append((ended, seconds))


async def test_a_blocked_loop_is_seen_before_and_after_the_next_beat() -> None:
    told = Heard()
    watch = LoopWatch()
    loop = asyncio.get_running_loop()
    watch.subscribe(told.stall)
    begun = loop.time()
    with capture_logs() as lines:
        block(PERIOD + 1.2)
        # Nothing has run since: the beat that is overdue tells of it already.
        assert 1.1 < watch.stalled_since(begun) <= loop.time() - begun
        assert watch.worst_lag() > 1.1
        assert not told
        await until(lambda: told)
    ended, seconds = told[0]
    assert 1.1 < seconds <= ended - begun
    assert lines == [
        {"event": "event loop stalled", "log_level": "warning", "seconds": round(seconds, 2)}
    ]
    assert watch.stalled_since(begun) == pytest.approx(seconds, abs=0.2)
    # Only what has passed since the moment counts.
    assert watch.stalled_since(ended - 0.5) == pytest.approx(0.5, abs=0.2)
    assert watch.stalled_since(ended) < 0.2
    watch.unsubscribe(told.stall)


async def test_a_short_stall_is_not_worth_a_word() -> None:
    told = Heard()
    watch = LoopWatch()
    begun = asyncio.get_running_loop().time()
    watch.subscribe(told.stall)
    block(PERIOD + 0.3)
    watch.catch_up()
    assert watch.beats == 0
    await until(lambda: watch.beats > 0)
    assert watch.stalled_since(begun) > 0.2
    assert not told
    watch.unsubscribe(told.stall)


async def test_whoever_is_asked_first_after_a_stall_need_not_wait_for_the_beat() -> None:
    told = Heard()
    watch = LoopWatch()
    watch.subscribe(told.stall)
    block(PERIOD + 1.1)
    watch.catch_up()
    assert [seconds > 1.0 for _, seconds in told] == [True]
    watch.catch_up()
    await until(lambda: watch.beats == 2)
    assert len(told) == 1
    watch.unsubscribe(told.stall)


async def test_one_heart_beats_for_all_who_listen() -> None:
    one, other = Heard(), Heard()
    watch = LoopWatch()
    watch.subscribe(one.stall)
    watch.subscribe(other.stall)
    with capture_logs() as lines:
        block(PERIOD + 1.1)
        await until(lambda: one and other)
    assert one == other
    assert len(lines) == 1
    watch.unsubscribe(one.stall)
    beats = watch.beats
    await until(lambda: watch.beats > beats)
    watch.unsubscribe(other.stall)
    watch.unsubscribe(other.stall)


async def test_a_watch_that_nobody_listens_to_beats_no_more() -> None:
    watch = LoopWatch()
    watch.catch_up()
    assert watch.worst_lag() == 0.0
    watch.subscribe(deaf)
    watch.unsubscribe(deaf)
    begun = asyncio.get_running_loop().time()
    block(PERIOD + 0.1)
    await asyncio.sleep(0)
    assert watch.beats == 0
    assert watch.stalled_since(begun) == 0.0
    assert watch.worst_lag() == 0.0


class HandLoop:
    """The time and the timers of a loop, in the test's hand."""

    def __init__(self) -> None:
        self.moment = 100.0
        self.loop = asyncio.get_running_loop()

    def time(self) -> float:
        return self.moment

    def call_at(self, when: float, callback: object) -> asyncio.TimerHandle:
        self.when, self.callback = when, callback
        return self.loop.call_later(3600.0, lambda: None)

    def beat(self, *, late: float) -> None:
        self.moment = self.when + late
        assert callable(self.callback)
        self.callback()


async def test_the_worst_lag_is_that_of_the_last_minute_whoever_asks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    loop = HandLoop()
    monkeypatch.setattr("asyncio.get_running_loop", lambda: loop)
    watch = LoopWatch()
    watch.subscribe(deaf)
    loop.beat(late=0.01)
    loop.beat(late=0.5)
    worst = loop.moment
    loop.beat(late=0.2)
    loop.beat(late=0.1)
    # Asked twice it says the same: two scrapers do not take it from each other.
    assert watch.worst_lag() == pytest.approx(0.5)
    assert watch.worst_lag() == pytest.approx(0.5)
    while loop.moment <= worst + WINDOW:
        assert watch.worst_lag() == pytest.approx(0.5)
        loop.beat(late=0.001)
    assert watch.worst_lag() < 0.21
    while loop.moment <= worst + 2 * WINDOW:
        loop.beat(late=0.001)
    assert watch.worst_lag() == pytest.approx(0.001)
    watch.unsubscribe(deaf)

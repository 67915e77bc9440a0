"""Stalls of our own event loop are seen."""

from __future__ import annotations

import asyncio

import pytest

from redis_health.monitor.loopwatch import PERIOD, LoopWatch
from tests.monitor.watching import block, until


async def test_a_blocked_loop_is_seen_before_and_after_the_next_beat() -> None:
    told: list[tuple[float, float]] = []
    watch = LoopWatch(lambda ended, seconds: told.append((ended, seconds)))
    loop = asyncio.get_running_loop()
    watch.start()
    try:
        begun = loop.time()
        block(PERIOD + 1.2)
        # Nothing has run since: the beat that is overdue tells of it already.
        assert 1.1 < watch.stalled_since(begun) <= loop.time() - begun
        assert not told
        await until(lambda: told)
        ended, seconds = told[0]
        assert 1.1 < seconds <= ended - begun
        assert watch.stalled_since(begun) == pytest.approx(seconds, abs=0.2)
        # Only what has passed since the moment counts.
        assert watch.stalled_since(ended - 0.5) == pytest.approx(0.5, abs=0.2)
        assert watch.stalled_since(ended) < 0.2
        assert watch.worst_lag() >= seconds
    finally:
        watch.stop()


async def test_a_short_stall_is_not_worth_a_word() -> None:
    told: list[float] = []
    watch = LoopWatch(lambda _ended, seconds: told.append(seconds))
    begun = asyncio.get_running_loop().time()
    watch.start()
    try:
        block(PERIOD + 0.3)
        await until(lambda: watch.worst_lag() > 0.2)
        assert watch.stalled_since(begun) > 0.2
        assert not told
    finally:
        watch.stop()


async def test_a_watch_that_is_stopped_beats_no_more() -> None:
    watch = LoopWatch()
    watch.stop()
    watch.start()
    watch.stop()
    begun = asyncio.get_running_loop().time()
    block(PERIOD + 0.1)
    await asyncio.sleep(0)
    assert watch.stalled_since(begun) == 0.0
    assert watch.worst_lag() == 0.0

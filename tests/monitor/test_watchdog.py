"""The thread that tells where the loop stands still."""

from __future__ import annotations

import threading
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
from structlog.testing import capture_logs

from redis_health.monitor import LoopWatch, watchdog
from tests.monitor.watching import deaf, until


@pytest.fixture
async def watch() -> AsyncIterator[LoopWatch]:
    watch = LoopWatch()
    watch.subscribe(deaf)
    yield watch
    watch.unsubscribe(deaf)


def told(lines: list[Any]) -> list[Any]:
    return [line for line in lines if line["event"] == "event loop stands still"]


def a_long_sleep(password: str) -> None:
    """The function that is to be found in the log, and its argument is not."""
    assert password
    time.sleep(3.0)


async def test_one_line_with_the_stack(watch: LoopWatch) -> None:
    with capture_logs() as lines, watchdog(watch):
        a_long_sleep("hush")
        assert len(told(lines)) == 1
        (line,) = told(lines)
        assert line["log_level"] == "error"
        assert line["stack"][-1].endswith("in a_long_sleep")
        assert __file__ in line["stack"][-1]
        assert len(line["stack"]) == 30
        assert "hush" not in str(lines)
        beats = watch.beats
        await until(lambda: watch.beats > beats + 4)
        assert len(told(lines)) == 1
        # It is told again when it stands still again.
        a_long_sleep("hush")
    assert len(told(lines)) == 2


async def test_other_threads_are_shown(watch: LoopWatch) -> None:
    ended = threading.Event()
    helper = threading.Thread(target=ended.wait, name="helper")
    helper.start()
    try:
        with capture_logs() as lines, watchdog(watch):
            a_long_sleep("hush")
    finally:
        ended.set()
        helper.join()
    (line,) = told(lines)
    (shown,) = [stack for name, stack in line["threads"].items() if name.startswith("helper ")]
    assert shown[-1].endswith("in Condition.wait")
    assert not any(name.startswith("watchdog") for name in line["threads"])


async def test_a_loop_that_beats_is_no_news_and_the_end_does_not_wait(watch: LoopWatch) -> None:
    with capture_logs() as lines, watchdog(watch):
        beats = watch.beats
        await until(lambda: watch.beats > beats + 6)
        begun = time.monotonic()
    assert time.monotonic() - begun < 0.4
    assert not lines
    assert "watchdog" not in {thread.name for thread in threading.enumerate()}


async def test_without_a_thread_the_service_serves(
    watch: LoopWatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_self: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", full)
    with capture_logs() as lines, watchdog(watch):
        pass
    assert [line["error"] for line in lines] == ["can't start new thread"]

"""The loop that the service runs on."""

from __future__ import annotations

import asyncio
import errno
import logging
import time

import pytest
from structlog.testing import capture_logs

from redis_health.cli.eventloop import ServiceLoop, run


def test_it_goes_by_the_clock_of_the_service(monkeypatch: pytest.MonkeyPatch) -> None:
    real = time.clock_gettime
    suspended = 0.0
    monkeypatch.setattr(time, "clock_gettime", lambda clock: real(clock) + suspended)

    async def main() -> bool:
        nonlocal suspended
        loop = asyncio.get_running_loop()
        assert isinstance(loop, ServiceLoop)
        assert abs(loop.time() - time.monotonic()) < 1.0
        sleeping = asyncio.create_task(asyncio.sleep(3600.0))
        await asyncio.sleep(0)
        suspended = 7200.0
        await asyncio.wait_for(sleeping, 3600.0)
        return sleeping.done()

    begun = time.monotonic()
    assert run(main())
    assert time.monotonic() - begun < 5.0


def test_what_cannot_be_accepted_is_told_once_a_minute(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    loop = ServiceLoop()
    moment = loop.time()
    monkeypatch.setattr(loop, "time", lambda: moment)
    full = {
        "message": "socket.accept() out of system resource",
        "exception": OSError(errno.EMFILE, "Too many open files"),
    }
    try:
        with capture_logs() as lines, caplog.at_level(logging.ERROR):
            for _ in range(1000):
                loop.call_exception_handler(full)
            assert [line["told"] for line in lines] == [
                "socket.accept() out of system resource: [Errno 24] Too many open files"
            ]
            moment += 61.0
            loop.call_exception_handler(full)
            assert len(lines) == 2
            assert not caplog.records
            # Anything else is told as asyncio tells it.
            loop.call_exception_handler({"message": "odd", "exception": ValueError("bug")})
            assert [record.name for record in caplog.records] == ["asyncio"]
    finally:
        loop.close()

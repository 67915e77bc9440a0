"""What process 1 of a container owes to the server beside which it runs."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import Callable

import structlog

from redis_health.config import Restart, Supervision
from redis_health.supervisor.child import Child, Exit, signal_name
from redis_health.supervisor.handover import Launch
from redis_health.supervisor.process import IGNORED, adopt_orphans, ended, spawn

#: Signals that end the server; a second one is passed on too, since Redis heeds a second SIGINT.
_STOPPING = (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT)
_FORWARDED = (*_STOPPING, signal.SIGHUP)
#: Seconds before the server is started again: the first time, and at most.
_FIRST_PAUSE = 1.0
_LONGEST_PAUSE = 30.0
#: Seconds of life after which a failure is the first one again.
_STABLE = 60.0

_log = structlog.get_logger(__name__)


class Supervisor:
    """Runs one server to its end; ``launch`` says what to execute, anew for each start."""

    def __init__(
        self, child: Child, *, launch: Callable[[], Launch], supervision: Supervision
    ) -> None:
        self._child = child
        self._launch = launch
        self._supervision = supervision
        self._stop = asyncio.Event()
        self._stopped_by = 0
        self._life: asyncio.Future[Exit] | None = None

    def attend(self) -> None:
        """Takes over the signals of the process, for good: until it ends they are the server's."""
        loop = asyncio.get_running_loop()
        adopt_orphans()
        loop.add_signal_handler(signal.SIGCHLD, self._reap)
        for number in _FORWARDED:
            loop.add_signal_handler(number, self._received, number)
        for number in IGNORED:
            # They mean nothing to a server, but would end it, or us and leave it behind.
            signal.signal(number, signal.SIG_IGN)

    async def stopping(self) -> None:
        """Returns when a signal has begun the end."""
        await self._stop.wait()

    async def run(self) -> int:
        """Starts the server, again where the operator wants that, and returns its exit status.

        A signal before the start has the status of a process that it killed.

        Raises:
            CommandError: the server cannot be started.
        """
        loop = asyncio.get_running_loop()
        failures = 0
        while not self._stop.is_set():
            started = loop.time()
            life = await self._live()
            if self._supervision.restart is Restart.NEVER or not life.status:
                return life.status
            failures = 1 if loop.time() - started >= _STABLE else failures + 1
            if await self._stopped_within(pause_after(failures)):
                return life.status
            self._child.restarts += 1
        return 128 + self._stopped_by

    async def _live(self) -> Exit:
        """One life of the server, from its start to its end."""
        child = self._child
        launch = self._launch()
        self._life = asyncio.get_running_loop().create_future()
        child.pid, child.next_start = spawn(launch), None
        _log.info("server started", program=child.name, pid=child.pid)
        killing = asyncio.create_task(self._kill_in_the_end(child.pid), name="stop-timeout")
        try:
            return await self._life
        finally:
            killing.cancel()

    async def _stopped_within(self, seconds: float) -> bool:
        """Waits before the next start; whether a signal has made that one needless."""
        if not self._stop.is_set():
            self._child.next_start = time.time() + seconds
            _log.warning("server is started again", after_seconds=seconds)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._stop.wait()
        return self._stop.is_set()

    async def _kill_in_the_end(self, pid: int) -> None:
        await self._stop.wait()
        seconds = self._supervision.stop_timeout
        await asyncio.sleep(seconds)
        _log.error("server did not stop and is killed", pid=pid, after_seconds=seconds)
        if self._child.pid == pid:
            os.killpg(pid, signal.SIGKILL)

    def _received(self, number: int) -> None:
        pid = self._child.pid
        _log.info("signal", signal=signal_name(number), passed_on=pid is not None)
        if number in _STOPPING and not self._stop.is_set():
            self._stopped_by = number
            self._stop.set()
        if pid is not None:
            os.kill(pid, number)

    def _reap(self) -> None:
        for pid, status in ended():
            if pid == self._child.pid:
                self._ended(Exit.of(status, at=time.time()))
            else:
                _log.debug("orphan reaped", pid=pid)

    def _ended(self, life: Exit) -> None:
        assert self._life is not None
        write = _log.error if life.status else _log.info
        write("server ended", pid=self._child.pid, how=str(life), status=life.status)
        self._child.pid, self._child.last_exit = None, life
        self._life.set_result(life)


def pause_after(failures: int) -> float:
    """Seconds to wait after so many failures in a row, before the server is started again."""
    return float(min(_FIRST_PAUSE * 2 ** min(failures - 1, 10), _LONGEST_PAUSE))

"""The probe tasks of one monitor: started, woken, watched, and started again when they die."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable

from redis_health.model import Clock

#: Seconds before a dead task is started again: the first time, and at most.
_FIRST_PAUSE = 0.5
_LONGEST_PAUSE = 30.0
#: Deaths in a row after which the service no longer calls itself alive.
HOPELESS = 5
#: Seconds by which a task may be late before it is called stuck.
_SLACK = 5.0

#: Runs one round and returns the seconds until the next, and the seconds that one may take.
Turn = Callable[[], Awaitable[tuple[float, float]]]


class ProbeTask:
    """One probe's endless loop.

    ``due`` is the moment by which it must have done its next step: ended the round it is in, or
    begun the next one.
    """

    def __init__(self, name: str, turn: Turn, *, clock: Clock, allowance: float) -> None:
        self.name = name
        self.deaths = 0
        self.task: asyncio.Task[None] | None = None
        self._turn = turn
        self._clock = clock
        self._allowance = allowance
        self._woken = asyncio.Event()
        self.due = clock.now() + allowance

    def start(self) -> asyncio.Task[None]:
        """Starts, or starts again."""
        self.due = self._clock.now() + self._allowance
        self.task = asyncio.create_task(self._run(), name=f"probe:{self.name}")
        return self.task

    def wake(self) -> None:
        """Lets the next round begin now."""
        self._woken.set()

    async def _run(self) -> None:
        while True:
            self._woken.clear()
            self.due = self._clock.now() + self._allowance
            pause, allowance = await self._turn()
            self._allowance = allowance
            self.due = self._clock.now() + pause + allowance
            self.deaths = 0
            await self._rest(pause)

    async def _rest(self, seconds: float) -> None:
        timer = asyncio.get_running_loop().call_later(seconds, self._woken.set)
        try:
            await self._woken.wait()
        finally:
            timer.cancel()


class TaskKeeper:
    """Keeps probe tasks running; ``died`` hears of every death (task, error, pause).

    ``stalled_since`` tells how many seconds our own loop has stood still since a moment: for these
    no task is to blame.
    """

    def __init__(
        self,
        tasks: Iterable[ProbeTask],
        *,
        clock: Clock,
        died: Callable[[ProbeTask, BaseException | None, float], None],
        stalled_since: Callable[[float], float] = lambda _moment: 0.0,
    ) -> None:
        self._tasks = {task.name: task for task in tasks}
        self._clock = clock
        self._died = died
        self._stalled_since = stalled_since
        self._closing = False
        self._timers: dict[str, asyncio.TimerHandle] = {}

    def start(self) -> None:
        """Starts all tasks."""
        for task in self._tasks.values():
            self._launch(task)

    def _launch(self, task: ProbeTask) -> None:
        task.start().add_done_callback(lambda ended: self._ended(task, ended))

    def _ended(self, task: ProbeTask, ended: asyncio.Task[None]) -> None:
        error = None if ended.cancelled() else ended.exception()
        if self._closing:
            return
        task.deaths += 1
        pause = min(_FIRST_PAUSE * 2 ** min(task.deaths - 1, 10), _LONGEST_PAUSE)
        loop = asyncio.get_running_loop()
        # First of all: whatever becomes of the telling, the task must not stay dead.
        self._timers[task.name] = loop.call_later(pause, self._launch, task)
        self._died(task, error, pause)

    def wake(self, names: Iterable[str]) -> None:
        """Lets the next rounds of these tasks begin now."""
        for name in names:
            if name in self._tasks:
                self._tasks[name].wake()

    def stuck(self) -> tuple[str, ...]:
        """The tasks that make no progress: overdue, or dead again and again."""
        return tuple(
            task.name
            for task in self._tasks.values()
            if task.deaths >= HOPELESS or self._overdue(task) > _SLACK
        )

    def _overdue(self, task: ProbeTask) -> float:
        late = self._clock.now() - task.due
        return late - self._stalled_since(task.due) if late > _SLACK else late

    async def close(self) -> None:
        """Ends all tasks and waits for them."""
        self._closing = True
        for timer in self._timers.values():
            timer.cancel()
        running = [task.task for task in self._tasks.values() if task.task is not None]
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

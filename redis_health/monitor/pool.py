"""The targets of ``/scrape`` that are watched at present: a Monitor for each, kept warm."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from types import TracebackType
from typing import Self

import structlog
from prometheus_client import CollectorRegistry, Counter

from redis_health.config import ScrapeSettings
from redis_health.errors import ScrapeRefused, ScrapesExhausted, TargetNotAllowed
from redis_health.exposition import Exposition
from redis_health.model import Policy, Probe, Schedule, Target
from redis_health.monitor.gate import Admission, Gate, Unresolved
from redis_health.monitor.loopwatch import LoopWatch
from redis_health.monitor.monitor import Monitor
from redis_health.monitor.peer import REQUEST_ERRORS
from redis_health.monitor.requested import Requested, requested

#: Seconds that a scrape of a warm target waits, at most, for its name to be looked up again.
_REFRESH = 1.0

_log = structlog.get_logger(__name__)


class _Warm:
    """One target that is watched until it is let go."""

    def __init__(self, monitor: Monitor) -> None:
        self.monitor = monitor
        self.until = 0.0
        self.waiting = 0
        self._looked = False
        self._let_go = asyncio.Event()

    async def watch(self) -> None:
        """Watches; returns when it was let go and everything is closed."""
        async with self.monitor:
            await self._let_go.wait()

    def let_go(self) -> None:
        """Lets ``watch`` come to its end."""
        self._let_go.set()

    async def look(self, deadline: float) -> None:
        """Waits for the end of the first look, and no longer than to the moment ``deadline``."""
        if self._looked:
            return
        begun = asyncio.get_running_loop().time()
        self.waiting += 1
        try:
            async with asyncio.timeout_at(deadline):
                await self.monitor.looked()
        except TimeoutError:
            self.monitor.presume_down(since=begun)
        finally:
            self.waiting -= 1
        self._looked = True


class ScrapePool:
    """Warm targets, no more than the operator allows; use it as an asynchronous context manager.

    The first scrape of a target waits until every probe has ended a round, later ones for nothing.
    Each Monitor has the default policy: what the operator requires is said of the sidecar's Redis.
    All share one heartbeat, ``watch``.
    """

    def __init__(
        self,
        settings: ScrapeSettings,
        *,
        probes: Sequence[Probe],
        registry: CollectorRegistry,
        watch: LoopWatch | None = None,
    ) -> None:
        self._watch = watch or LoopWatch()
        self._settings = settings
        self._probes = probes
        self._policy = Policy(
            schedules={
                probe.name: Schedule(interval=probe.interval, timeout=probe.timeout)
                for probe in probes
            }
        )
        self._gate = Gate(settings)
        # In the order of their last scrapes, the most recent at the end.
        self._warm: dict[Requested, _Warm] = {}
        self._timers: dict[Requested, asyncio.TimerHandle] = {}
        self._watching: set[asyncio.Task[None]] = set()
        self._refused = Counter(REQUEST_ERRORS.name, REQUEST_ERRORS.help, registry=registry)

    async def __aenter__(self) -> Self:
        """Nothing is watched yet."""
        return self

    async def __aexit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        """Lets every target go and waits until all is closed."""
        self._gate.close()
        for asked in tuple(self._warm):
            self._let_go(asked)
        await asyncio.gather(*self._watching, return_exceptions=True)

    @property
    def targets(self) -> tuple[Target, ...]:
        """What is watched, the least recently scraped first."""
        return tuple(warm.monitor.target for warm in self._warm.values())

    async def scrape(self, values: Sequence[str], *, within: float) -> Exposition:
        """What is known of a target, ``within`` so many seconds.

        ``values`` are those of the parameter ``target``. A target that has not answered by then
        is not up.

        Raises:
            ScrapeRefused: it is malformed or not allowed, or there is no place for it.
        """
        deadline = asyncio.get_running_loop().time() + within
        try:
            asked = requested(values)
            warm = await self._admitted(asked, deadline)
        except ScrapeRefused:
            self._refused.inc()
            raise
        self._scraped(asked, warm)
        await warm.look(deadline)
        return warm.monitor.exposition

    async def _admitted(self, asked: Requested, deadline: float) -> _Warm:
        now = asyncio.get_running_loop().time()
        warm = self._warm.get(asked)
        if warm is not None and now < warm.until:
            return warm
        try:
            async with asyncio.timeout_at(deadline if warm is None else now + _REFRESH):
                admission = await self._gate.admit(asked)
        except (TimeoutError, Unresolved, ScrapesExhausted) as error:
            # A name server that is silent takes nothing back: what was judged is still dialled.
            warm = self._warm.get(asked)
            if warm is None:
                if isinstance(error, ScrapesExhausted):
                    raise
                raise Unresolved from None
            return warm
        except TargetNotAllowed:
            self._let_go(asked)
            raise
        return self._place(asked, admission)

    def _place(self, asked: Requested, admission: Admission) -> _Warm:
        warm = self._warm.get(asked)
        if warm is not None and warm.monitor.target != admission.target:
            self._let_go(asked)
            warm = None
        if warm is None:
            self._make_room()
            warm = self._warm[asked] = _Warm(
                Monitor(
                    admission.target,
                    probes=self._probes,
                    policy=self._policy,
                    watch=self._watch,
                    process=False,
                )
            )
            task = asyncio.create_task(warm.watch(), name="scrape target")
            self._watching.add(task)
            task.add_done_callback(self._ended)
        warm.until = admission.until
        return warm

    def _make_room(self) -> None:
        if len(self._warm) < self._settings.targets:
            return
        free = next((asked for asked, warm in self._warm.items() if not warm.waiting), None)
        if free is None:
            raise ScrapesExhausted("every place is taken by a first scrape; see scrape-targets")
        self._let_go(free)

    def _scraped(self, asked: Requested, warm: _Warm) -> None:
        """Makes it the most recent one."""
        self._warm.pop(asked, None)
        self._warm[asked] = warm
        self._start_idling(asked)

    def _start_idling(self, asked: Requested) -> None:
        timer = self._timers.pop(asked, None)
        if timer is not None:
            timer.cancel()
        loop = asyncio.get_running_loop()
        self._timers[asked] = loop.call_later(self._settings.idle, self._idled, asked)

    def _idled(self, asked: Requested) -> None:
        if self._warm[asked].waiting:
            self._start_idling(asked)
        else:
            self._let_go(asked)

    def _let_go(self, asked: Requested) -> None:
        timer = self._timers.pop(asked, None)
        if timer is not None:
            timer.cancel()
        warm = self._warm.pop(asked, None)
        if warm is not None:
            warm.let_go()

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._watching.discard(task)
        if not task.cancelled() and task.exception() is not None:
            _log.error("a scrape target ended", exc_info=task.exception())

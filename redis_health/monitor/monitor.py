"""One Redis, watched: its probe tasks, its latest Snapshot, its Verdict, its metrics."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from types import TracebackType
from typing import Self

from prometheus_client import CollectorRegistry

from redis_health.client import Session
from redis_health.exposition import Exposition, SnapshotCollector
from redis_health.model import (
    Clock,
    Policy,
    Probe,
    ProbeOptions,
    ProbeResult,
    Snapshot,
    Standing,
    SystemClock,
    Target,
    Verdict,
)
from redis_health.monitor.grid import Grid
from redis_health.monitor.journal import Journal
from redis_health.monitor.ledger import Ledger, Listener
from redis_health.monitor.loopwatch import LoopWatch
from redis_health.monitor.rounds import Rounds, spoilt
from redis_health.monitor.tasks import ProbeTask, TaskKeeper
from redis_health.monitor.telemetry import Telemetry
from redis_health.verdict import pause

#: Seconds between two rounds that are asked early because a connection was lost.
_WAKE_SPACING = 1.0
#: Seconds until a round is made again that a stall of our own loop has spoilt, at most.
_SPOILT_SPACING = 1.0


class Monitor:
    """Watches one target; use it as an asynchronous context manager.

    Nothing here is global: many monitors live side by side, each with its own registry. ``process``
    says whether its metrics tell of this process too. ``watch`` is the heartbeat of its event loop,
    where monitors share one.
    """

    def __init__(
        self,
        target: Target,
        *,
        probes: Sequence[Probe],
        policy: Policy,
        options: ProbeOptions | None = None,
        clock: Clock | None = None,
        watch: LoopWatch | None = None,
        process: bool = True,
    ) -> None:
        options = options or ProbeOptions()
        self.target = target
        self.policy = policy
        self.clock = clock or SystemClock()
        self._probes = {probe.name: probe for probe in probes if probe.runs(options)}
        self._session = Session(
            target,
            info_timeout=self._info_timeout(),
            lost=self._connection_lost,
            watchers=options.watchers,
        )
        self._watch = watch or LoopWatch()
        self._rounds = Rounds(
            self._session, policy=policy, options=options, clock=self.clock, watch=self._watch
        )
        self._journal = Journal(target.address)
        self.registry = CollectorRegistry()
        self._telemetry = Telemetry(self.registry, lag=self._watch.worst_lag, process=process)
        self._telemetry.prepare(self._probes)
        self._ledger = Ledger(
            target.address,
            self._probes,
            policy=policy,
            clock=self.clock,
            journal=self._journal,
            telemetry=self._telemetry,
        )
        self.registry.register(SnapshotCollector(self._ledger.samples))
        self.exposition = Exposition(self.registry, edition=self._edition, clock=self.clock)
        self._keeper: TaskKeeper | None = None
        self._grid = Grid(self.clock.now())
        self._woken_at = float("-inf")
        self._reconnects = 0

    @property
    def snapshot(self) -> Snapshot:
        """All that is known now."""
        return self._ledger.snapshot

    @property
    def verdict(self) -> Verdict:
        """The judgement that holds at this moment; judged again if something has gone stale."""
        self._watch.catch_up()
        return self._ledger.verdict

    @property
    def probes(self) -> Sequence[Probe]:
        """The probes that run."""
        return tuple(self._probes.values())

    def judged_without(self, excluded: frozenset[str]) -> Verdict:
        """The verdict as if the excluded checks did not exist."""
        return self._ledger.judged_without(excluded)

    async def looked(self) -> None:
        """Returns once every probe has ended a round and it is known whether Redis is up."""
        await self._ledger.looked.wait()

    def presume_down(self, *, since: float) -> None:
        """A Redis that has not answered from the moment ``since`` on is not up until more is known.

        Unless it was us who stood still meanwhile.
        """
        waited = self.clock.now() - since
        if not spoilt(self._watch.stalled_since(since), waited):
            self._ledger.presume_down()

    def subscribe(self, listener: Listener) -> None:
        """Adds one who hears of changes; a message that merely counts on is none."""
        self._ledger.subscribe(listener)

    def stuck(self) -> tuple[str, ...]:
        """The probe tasks that make no progress; empty is healthy."""
        return self._keeper.stuck() if self._keeper is not None else ()

    async def __aenter__(self) -> Self:
        """Starts watching: every probe's first round begins at once."""
        self._watch.subscribe(self._ledger.stalled)
        self._ledger.open()
        self._grid = Grid(self.clock.now())
        self._keeper = TaskKeeper(
            [self._task(probe) for probe in self._probes.values()],
            clock=self.clock,
            died=self._died,
            stalled_since=self._watch.stalled_since,
        )
        self._keeper.start()
        return self

    async def __aexit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        """Ends every task and closes the connections."""
        keeper, self._keeper = self._keeper, None
        self._ledger.close()
        try:
            if keeper is not None:
                await keeper.close()
        finally:
            self._watch.unsubscribe(self._ledger.stalled)
            self._session.close()

    async def look(self) -> Verdict:
        """One round of every probe, side by side, and the verdict on it."""
        self._watch.subscribe(self._ledger.stalled)
        try:
            results = await asyncio.gather(
                *(self._rounds.run(probe, {}) for probe in self._probes.values())
            )
        finally:
            self._watch.unsubscribe(self._ledger.stalled)
            self._session.close()
        for result in results:
            self._accept(result)
        return self.verdict

    def _task(self, probe: Probe) -> ProbeTask:
        schedule = self.policy.schedules[probe.name]

        async def turn() -> tuple[float, float]:
            success = self.snapshot.checks[probe.name].success
            result = await self._rounds.run(probe, success.facts if success else {})
            self._accept(result)
            return self._pause(probe, result), schedule.timeout

        return ProbeTask(probe.name, turn, clock=self.clock, allowance=schedule.timeout)

    def _pause(self, probe: Probe, result: ProbeResult) -> float:
        interval = self.policy.schedules[probe.name].interval
        rest = pause(self.snapshot.checks[probe.name], probe, self.policy, interval)
        if result.own_fault is not None and self._was_spoilt(result):
            return min(rest, _SPOILT_SPACING)
        if rest == interval:
            now = self.clock.now()
            return self._grid.next_after(now, interval) - now
        return rest

    def _was_spoilt(self, result: ProbeResult) -> bool:
        stalled = self._watch.stalled_since(result.started)
        return spoilt(stalled, self.policy.schedules[result.check].timeout)

    def _accept(self, result: ProbeResult) -> None:
        if result.ok:
            self._count_reconnects()
        before, after = self._ledger.accept(result)
        if result.check == "ping" and (
            _code(before) != _code(after) or _is_late_start(before, after)
        ):
            # What ping meets has changed: the other probes know the reason, or the good news.
            self._wake(name for name in self._probes if name != "ping")

    def _wake(self, names: Iterable[str]) -> None:
        if self._keeper is not None:
            self._keeper.wake(names)

    def _connection_lost(self) -> None:
        """The server closed the kept connection: look at once, but not in a tight circle."""
        now = self.clock.now()
        if now - self._woken_at >= _WAKE_SPACING:
            self._woken_at = now
            self._wake(("ping", "connect"))

    def _count_reconnects(self) -> None:
        while self._reconnects < self._session.lane.reconnects:
            self._reconnects += 1
            self._ledger.reconnected()

    def _died(self, task: ProbeTask, error: BaseException | None, restart_in: float) -> None:
        self._telemetry.restarted(task.name)
        self._journal.died(task.name, error, restart_in)

    def _edition(self) -> tuple[object, float]:
        verdict = self.verdict
        return verdict, verdict.valid_until

    def _info_timeout(self) -> float:
        timeouts: Iterable[float] = (
            self.policy.schedules[name].timeout for name in self._probes if name != "ping"
        )
        return max(timeouts, default=2.0)


def _is_late_start(before: Standing, after: Standing) -> bool:
    """Whether this is the first answer of all, after failures that were too few to count."""
    return before.success is None and after.success is not None and before.streak > 0


def _code(standing: Standing) -> str | None:
    return standing.confirmed.code if standing.confirmed is not None else None

"""One Redis, watched: its probe tasks, its latest Snapshot, its Verdict, its metrics."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
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
    Sample,
    Snapshot,
    Standing,
    SystemClock,
    Target,
    Verdict,
)
from redis_health.monitor.grid import Grid
from redis_health.monitor.journal import Journal, news
from redis_health.monitor.loopwatch import LoopWatch
from redis_health.monitor.peer import peer_samples
from redis_health.monitor.rounds import Rounds
from redis_health.monitor.tasks import ProbeTask, TaskKeeper
from redis_health.monitor.telemetry import Telemetry, standing_samples, verdict_samples
from redis_health.verdict import advance, judge, pause, without

#: Hears of every verdict that brings news, with the one before it (see ``journal.news``).
Listener = Callable[[Verdict, Verdict], None]

#: Seconds between two rounds that are asked early because a connection was lost.
_WAKE_SPACING = 1.0


class Monitor:
    """Watches one target; use it as an asynchronous context manager.

    Nothing here is global: many monitors live side by side, each with its own registry. ``process``
    says whether its metrics tell of this process too.
    """

    def __init__(
        self,
        target: Target,
        *,
        probes: Sequence[Probe],
        policy: Policy,
        options: ProbeOptions | None = None,
        clock: Clock | None = None,
        process: bool = True,
    ) -> None:
        options = options or ProbeOptions()
        self.target = target
        self.policy = policy
        self.clock = clock or SystemClock()
        self._probes = {probe.name: probe for probe in probes if probe.runs(options)}
        self._session = Session(
            target, info_timeout=self._info_timeout(), lost=self._connection_lost
        )
        self._watch = LoopWatch(self._stalled)
        self._rounds = Rounds(
            self._session, policy=policy, options=options, clock=self.clock, watch=self._watch
        )
        self._journal = Journal(target.address)
        self.registry = CollectorRegistry()
        self._telemetry = Telemetry(self.registry, lag=self._watch.worst_lag, process=process)
        self._telemetry.prepare(self._probes)
        self.registry.register(SnapshotCollector(self._samples))
        self.exposition = Exposition(self.registry, edition=self._edition, clock=self.clock)
        self._listeners: list[Listener] = [self._journal.changed]
        self._snapshot = Snapshot(
            target=target.address,
            checks={name: Standing(name) for name in self._probes},
            started=self.clock.now(),
            started_wall=self.clock.wall(),
        )
        self._looked = asyncio.Event()
        self._presumes_down = False
        self._verdict = self._judged(self._snapshot, None)
        self._keeper: TaskKeeper | None = None
        self._grid = Grid(self.clock.now())
        self._woken_at = float("-inf")
        self._reconnects = 0
        self._expiry: asyncio.TimerHandle | None = None

    @property
    def snapshot(self) -> Snapshot:
        """All that is known now."""
        return self._snapshot

    @property
    def verdict(self) -> Verdict:
        """The judgement that holds at this moment; judged again if something has gone stale."""
        if self.clock.now() > self._verdict.valid_until:
            self._judge_again()
        return self._verdict

    @property
    def probes(self) -> Sequence[Probe]:
        """The probes that run."""
        return tuple(self._probes.values())

    def judged_without(self, excluded: frozenset[str]) -> Verdict:
        """The verdict as if the excluded checks did not exist."""
        return self._judged(without(self._snapshot, excluded), None)

    async def looked(self) -> None:
        """Returns once every probe has ended a round and it is known whether Redis is up."""
        await self._looked.wait()

    def presume_down(self) -> None:
        """A Redis that has not answered by now is not up until more is known.

        That is for whoever can wait no longer, while silence is not proven. What the service itself
        failed to do proves nothing.
        """
        if _is_mute(self._snapshot):
            self._presumes_down = True
            self._judge_again()

    def subscribe(self, listener: Listener) -> None:
        """Adds one who hears of changes; a message that merely counts on is none."""
        self._listeners.append(listener)

    def stuck(self) -> tuple[str, ...]:
        """The probe tasks that make no progress; empty is healthy."""
        return self._keeper.stuck() if self._keeper is not None else ()

    async def __aenter__(self) -> Self:
        """Starts watching: every probe's first round begins at once."""
        self._watch.start()
        self._grid = Grid(self.clock.now())
        self._keeper = TaskKeeper(
            [self._task(probe) for probe in self._probes.values()],
            clock=self.clock,
            died=self._died,
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
        if self._expiry is not None:
            self._expiry.cancel()
        try:
            if keeper is not None:
                await keeper.close()
        finally:
            self._watch.stop()
            self._session.close()

    async def look(self) -> Verdict:
        """One round of every probe, side by side, and the verdict on it."""
        self._watch.start()
        try:
            results = await asyncio.gather(
                *(self._rounds.run(probe, {}) for probe in self._probes.values())
            )
        finally:
            self._watch.stop()
            self._session.close()
        for result in results:
            self._accept(result)
        return self.verdict

    def _task(self, probe: Probe) -> ProbeTask:
        schedule = self.policy.schedules[probe.name]

        async def turn() -> tuple[float, float]:
            success = self._snapshot.checks[probe.name].success
            result = await self._rounds.run(probe, success.facts if success else {})
            self._accept(result)
            return self._pause(probe), schedule.timeout

        return ProbeTask(probe.name, turn, clock=self.clock, allowance=schedule.timeout)

    def _pause(self, probe: Probe) -> float:
        interval = self.policy.schedules[probe.name].interval
        rest = pause(self._snapshot.checks[probe.name], probe, self.policy, interval)
        if rest == interval:
            now = self.clock.now()
            return self._grid.next_after(now, interval) - now
        return rest

    def _accept(self, result: ProbeResult) -> None:
        """Folds a result into the snapshot, judges, and tells whoever listens."""
        before = self._snapshot.checks[result.check]
        after = advance(before, result, self.policy)
        self._snapshot = self._snapshot.with_standing(after)
        self._telemetry.round_ended(result, interval=self.policy.schedules[result.check].interval)
        if result.ok:
            self._count_reconnects()
        else:
            self._journal.failed_round()
        self._judge_again()
        if result.check == "ping" and (
            _code(before) != _code(after) or _is_late_start(before, after)
        ):
            # What ping meets has changed: the other probes know the reason, or the good news.
            self._wake_others()

    def _wake_others(self) -> None:
        if self._keeper is not None:
            self._keeper.wake(name for name in self._probes if name != "ping")

    def _connection_lost(self) -> None:
        """The server closed the kept connection: look at once, but not in a tight circle."""
        now = self.clock.now()
        if self._keeper is not None and now - self._woken_at >= _WAKE_SPACING:
            self._woken_at = now
            self._keeper.wake(("ping", "connect"))

    def _count_reconnects(self) -> None:
        while self._reconnects < self._session.lane.reconnects:
            self._reconnects += 1
            self._snapshot = self._snapshot.with_reconnect(self.clock.now())
            self._telemetry.reconnected()

    def _stalled(self, ended: float, seconds: float) -> None:
        self._snapshot = self._snapshot.with_stall(ended, seconds)
        self._journal.stalled(seconds)
        self._judge_again()

    def _died(self, task: ProbeTask, error: BaseException | None, restart_in: float) -> None:
        self._telemetry.restarted(task.name)
        self._journal.died(task.name, error, restart_in)

    def _judged(self, snapshot: Snapshot, before: Verdict | None) -> Verdict:
        return judge(
            snapshot,
            self.policy,
            self._probes,
            now=self.clock.now(),
            wall=self.clock.wall(),
            before=before,
        )

    def _judge_again(self) -> None:
        judged = self._judged(self._snapshot, self._verdict)
        if judged.redis_up is not None:
            self._presumes_down = False
            if self._snapshot.settled:
                self._looked.set()
        elif self._presumes_down:
            judged = replace(judged, redis_up=False)
        before, self._verdict = self._verdict, judged
        if before.state is not self._verdict.state:
            self._telemetry.changed(before, self._verdict)
        self._schedule_expiry()
        if news(before) != news(self._verdict):
            self._tell(before, self._verdict)

    def _tell(self, before: Verdict, after: Verdict) -> None:
        for listener in self._listeners:
            try:
                listener(before, after)
            except Exception as error:
                self._journal.deaf(error)

    def _schedule_expiry(self) -> None:
        """Something going stale is news too, although no result brings it."""
        if self._keeper is None:
            return
        if self._expiry is not None:
            self._expiry.cancel()
        delay = max(0.0, self._verdict.valid_until - self.clock.now()) + 0.01
        self._expiry = asyncio.get_running_loop().call_later(delay, self._judge_again)

    def _edition(self) -> tuple[object, float]:
        verdict = self.verdict
        return verdict, verdict.valid_until

    def _samples(self) -> Iterator[Sample]:
        verdict = self.verdict
        yield from verdict_samples(verdict, wall_minus_now=self.clock.wall() - self.clock.now())
        yield from standing_samples(self._snapshot)
        yield from peer_samples(self._snapshot)
        for name in verdict.checks:
            success = self._snapshot.checks[name].success
            if name in verdict.fresh and success is not None:
                yield from success.samples

    def _info_timeout(self) -> float:
        timeouts: Iterable[float] = (
            self.policy.schedules[name].timeout for name in self._probes if name != "ping"
        )
        return max(timeouts, default=2.0)


def _is_mute(snapshot: Snapshot) -> bool:
    """Whether nothing has ever come from Redis, and not for a fault of our own."""
    standings = snapshot.checks.values()
    return not any(each.success is not None or each.own_fault is not None for each in standings)


def _is_late_start(before: Standing, after: Standing) -> bool:
    """Whether this is the first answer of all, after failures that were too few to count."""
    return before.success is None and after.success is not None and before.streak > 0


def _code(standing: Standing) -> str | None:
    return standing.confirmed.code if standing.confirmed is not None else None

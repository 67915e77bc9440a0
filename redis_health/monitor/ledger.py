"""The books of one target: the latest Snapshot, the Verdict on it, and who hears of changes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from redis_health.model import (
    Clock,
    Policy,
    Probe,
    ProbeResult,
    Sample,
    Snapshot,
    Standing,
    Verdict,
)
from redis_health.monitor.journal import Journal, news
from redis_health.monitor.peer import peer_samples
from redis_health.monitor.telemetry import Telemetry, standing_samples, verdict_samples
from redis_health.verdict import advance, detect_within, judge, without

#: Hears of every verdict that brings news, with the one before it (see ``journal.news``).
Listener = Callable[[Verdict, Verdict], None]

#: Seconds after something has gone stale at which it is judged again.
_AFTER_EXPIRY = 0.01
#: Seconds by which the wall clock must be off its course to have been set, and within which it
#: must be read for that to be told.
_SET = 1.0
_GLANCE = 0.05


class Ledger:
    """Folds results in, judges, and tells. Every reader sees one whole Snapshot or the next."""

    def __init__(
        self,
        target: str,
        probes: Mapping[str, Probe],
        *,
        policy: Policy,
        clock: Clock,
        journal: Journal,
        telemetry: Telemetry,
    ) -> None:
        self._probes = probes
        self._policy = policy
        self._clock = clock
        self._journal = journal
        self._telemetry = telemetry
        self._listeners: list[Listener] = [journal.changed]
        self.snapshot = Snapshot(
            target=target,
            checks={name: Standing(name) for name in probes},
            started=clock.now(),
            started_wall=clock.wall(),
        )
        self._detect_within = detect_within(probes.values(), policy)
        self._ahead = self.snapshot.started_wall - self.snapshot.started
        self.looked = asyncio.Event()
        self._presumes_down = False
        self._verdict = self._judged(self.snapshot, None)
        self._expiry: asyncio.TimerHandle | None = None
        self._open = False

    def open(self) -> None:
        """From now on it judges again by itself when something goes stale."""
        self._open = True
        self._schedule_expiry()

    def close(self) -> None:
        """Judges by itself no more."""
        self._open = False
        if self._expiry is not None:
            self._expiry.cancel()

    @property
    def verdict(self) -> Verdict:
        """The judgement that holds at this moment; judged again if something has gone stale."""
        if self._clock.now() > self._verdict.valid_until:
            self._judge_again()
        return self._verdict

    def judged_without(self, excluded: frozenset[str]) -> Verdict:
        """The verdict as if the excluded checks did not exist."""
        return self._judged(without(self.snapshot, excluded), None)

    def subscribe(self, listener: Listener) -> None:
        """Adds one who hears of changes; a message that merely counts on is none."""
        self._listeners.append(listener)

    def accept(self, result: ProbeResult) -> tuple[Standing, Standing]:
        """Folds a result in and judges; how its check stood before, and how it stands now."""
        self._follow_the_wall_clock()
        before = self.snapshot.checks[result.check]
        after = advance(before, result, self._policy)
        self.snapshot = self.snapshot.with_standing(after)
        interval = self._policy.schedules[result.check].interval
        self._telemetry.round_ended(result, interval=interval)
        if not result.ok:
            self._journal.failed_round()
        self._judge_again()
        return before, after

    def reconnected(self) -> None:
        """Notes that a kept connection broke and was replaced."""
        self.snapshot = self.snapshot.with_reconnect(self._clock.now())
        self._telemetry.reconnected()

    def stalled(self, ended: float, seconds: float) -> None:
        """Notes that our own event loop stood still for ``seconds``, until ``ended``."""
        self.snapshot = self.snapshot.with_stall(ended, seconds)
        self._judge_again()

    def presume_down(self) -> None:
        """A Redis that has not answered by now is not up until more is known.

        That is for whoever can wait no longer, while silence is not proven. What the service itself
        failed to do proves nothing.
        """
        if self._is_mute():
            self._presumes_down = True
            self._judge_again()

    def samples(self) -> Iterator[Sample]:
        """What a scrape shows: the verdict, and what every valid check has reported."""
        verdict = self.verdict
        yield from verdict_samples(verdict, wall_minus_now=self._clock.wall() - self._clock.now())
        yield from standing_samples(self.snapshot)
        yield from peer_samples(self.snapshot)
        for name in verdict.checks:
            success = self.snapshot.checks[name].success
            if name in verdict.fresh and success is not None:
                yield from success.samples

    def _is_mute(self) -> bool:
        """Whether nothing has ever come from Redis, and not for a fault of our own."""
        asked = [name for name, probe in self._probes.items() if not probe.independent]
        standings = [self.snapshot.checks[name] for name in asked]
        return not any(each.success is not None or each.own_fault is not None for each in standings)

    def _judged(self, snapshot: Snapshot, before: Verdict | None) -> Verdict:
        return judge(
            snapshot,
            self._policy,
            self._probes,
            now=self._clock.now(),
            wall=self._clock.wall(),
            before=before,
            detect_within=self._detect_within,
        )

    def _follow_the_wall_clock(self) -> None:
        """Once the wall clock has been set, earlier moments are told by it as it goes now."""
        now = self._clock.now()
        ahead = self._clock.wall() - now
        step = ahead - self._ahead
        # Stopped between the readings, the process would take the pause for a step.
        if abs(step) >= _SET and self._clock.now() - now < _GLANCE:
            self._ahead = ahead
            self.snapshot = self.snapshot.with_wall_step(step)
            self._verdict = replace(self._verdict, since=self._verdict.since + step)

    def _judge_again(self) -> None:
        self._follow_the_wall_clock()
        judged = self._judged(self.snapshot, self._verdict)
        if judged.redis_up is not None:
            self._presumes_down = False
            if self.snapshot.settled:
                self.looked.set()
        elif self._presumes_down:
            judged = replace(judged, redis_up=False)
        before, self._verdict = self._verdict, judged
        if before.state is not judged.state:
            self._telemetry.changed(before, judged)
        self._schedule_expiry()
        if news(before) != news(judged):
            self._tell(before, judged)

    def _tell(self, before: Verdict, after: Verdict) -> None:
        for listener in self._listeners:
            try:
                listener(before, after)
            except Exception as error:
                self._journal.deaf(error)

    def _schedule_expiry(self) -> None:
        """Something going stale is news too, although no result brings it."""
        if not self._open:
            return
        if self._expiry is not None:
            self._expiry.cancel()
        delay = max(0.0, self._verdict.valid_until - self._clock.now()) + _AFTER_EXPIRY
        self._expiry = asyncio.get_running_loop().call_later(delay, self._judge_again)

"""Everything that is known of one Redis at one moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from redis_health.model.conditions import Failure
from redis_health.model.probe import ProbeResult

#: Seconds for which replaced connections, and blips, are remembered.
RECONNECTS_KEPT = 300.0
BLIPS_KEPT = 60.0


@dataclass(frozen=True, slots=True)
class Flap:
    """Failed rounds that are too few to count, and why the last of them failed.

    ``at`` is when the last of them ended (monotonic), ``since`` when the first did (epoch), and
    ``began`` when the first failure since the last success began (monotonic).
    """

    failure: Failure
    streak: int
    at: float
    since: float
    began: float


@dataclass(frozen=True, slots=True)
class Standing:
    """What the rounds of one check add up to: the explicit state of the hysteresis.

    ``confirmed`` is the failure that the verdict believes in, ``flap`` one that it does not (yet).
    ``streak`` counts the failures of one kind in a row, ``recovered`` the successes in a row since
    the confirmed failure. ``failing_since`` and the values of ``since`` are seconds since the
    epoch. ``blips`` are the monotonic moments at which silences that did not count had ended, those
    of the last ``BLIPS_KEPT`` seconds. ``alarms`` are the names of the thresholds that have been
    entered and not left. ``last`` is the last result that is evidence, ``success`` the last good
    one. ``recovered_at`` is when the last confirmed failure ended (monotonic).
    """

    check: str
    rounds: int = 0
    streak: int = 0
    recovered: int = 0
    confirmed: Failure | None = None
    flap: Flap | None = None
    failing_since: float | None = None
    failing_since_monotonic: float | None = None
    recovered_at: float | None = None
    blips: tuple[float, ...] = ()
    last: ProbeResult | None = None
    success: ProbeResult | None = None
    alarms: frozenset[str] = frozenset()
    since: Mapping[str, float] = field(default_factory=dict)
    own_fault: str | None = None

    def with_wall_step(self, seconds: float) -> Standing:
        """The same, told by a wall clock that was set forward by so many seconds."""
        flap, failing = self.flap, self.failing_since
        return replace(
            self,
            flap=flap and replace(flap, since=flap.since + seconds),
            failing_since=None if failing is None else failing + seconds,
            last=self.last and replace(self.last, wall=self.last.wall + seconds),
            success=self.success and replace(self.success, wall=self.success.wall + seconds),
            since={code: since + seconds for code, since in self.since.items()},
        )

    @property
    def in_doubt(self) -> bool:
        """Whether the next round should come early: failing unconfirmed, or recovering."""
        if self.confirmed is None:
            return self.streak > 0
        return self.recovered > 0 or self.flap is not None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The standings of all checks of one target; swapped as a whole, never changed.

    ``version`` grows with every change. ``started`` (monotonic) and ``started_wall`` (epoch) say
    when watching began. ``stalled`` is the last stall of the service's own event loop:
    (when it ended, its seconds). ``reconnected`` are the monotonic moments at which a kept
    connection had been replaced, those of the last ``RECONNECTS_KEPT`` seconds.
    """

    target: str
    checks: Mapping[str, Standing]
    started: float
    started_wall: float
    version: int = 0
    stalled: tuple[float, float] | None = None
    reconnected: tuple[float, ...] = ()

    def with_standing(self, standing: Standing) -> Snapshot:
        """The next snapshot, in which one check stands differently."""
        checks = {**self.checks, standing.check: standing}
        return replace(self, checks=checks, version=self.version + 1)

    def with_stall(self, ended: float, seconds: float) -> Snapshot:
        """The next snapshot, after the event loop stood still for ``seconds``."""
        return replace(self, stalled=(ended, seconds), version=self.version + 1)

    def with_reconnect(self, at: float) -> Snapshot:
        """The next snapshot, after a kept connection broke and was replaced."""
        kept = tuple(moment for moment in self.reconnected if at - moment < RECONNECTS_KEPT)
        return replace(self, reconnected=(*kept, at), version=self.version + 1)

    def with_wall_step(self, seconds: float) -> Snapshot:
        """The next snapshot, after the wall clock was set forward by so many seconds."""
        return replace(
            self,
            checks={name: each.with_wall_step(seconds) for name, each in self.checks.items()},
            started_wall=self.started_wall + seconds,
            version=self.version + 1,
        )

    def fact(self, check: str, name: str) -> object:
        """A fact of the last success of a check, None when there is none."""
        standing = self.checks.get(check)
        if standing is None or standing.success is None:
            return None
        return standing.success.facts.get(name)

    @property
    def settled(self) -> bool:
        """Whether every check has finished a round, whatever its outcome."""
        return all(standing.rounds > 0 for standing in self.checks.values())

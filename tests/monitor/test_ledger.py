"""The books of a target, and a wall clock that is set while they are kept."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from prometheus_client import CollectorRegistry

from redis_health.model import Policy, Probe, ProbeResult, Schedule, State
from redis_health.monitor.journal import Journal
from redis_health.monitor.ledger import Ledger
from redis_health.monitor.telemetry import Telemetry
from redis_health.probes import catalogue
from redis_health.probes.memory import OOM
from redis_health.replies import Phase, failure_of_silence

HOUR = 3600.0
BEGIN = 1_800_000_000.0
SILENT = failure_of_silence(Phase.REPLY, where="x", seconds=1.0)
PROBES: dict[str, Probe] = {
    probe.name: probe for probe in catalogue() if probe.name in {"ping", "connect", "memory"}
}


@dataclass
class HandClock:
    """``pause`` is how long the process stands still after each reading of the wall clock."""

    moment: float = 100.0
    ahead: float = BEGIN
    pause: float = 0.0

    def now(self) -> float:
        return self.moment

    def wall(self) -> float:
        told = self.moment + self.ahead
        self.moment += self.pause
        return told


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def ledger(clock: HandClock) -> Ledger:
    return Ledger(
        "redis:6379",
        PROBES,
        policy=Policy(schedules={name: Schedule(interval=100.0, timeout=1.0) for name in PROBES}),
        clock=clock,
        journal=Journal("redis:6379"),
        telemetry=Telemetry(CollectorRegistry(), lag=lambda: 0.0),
    )


def good(check: str, clock: HandClock, **fields: object) -> ProbeResult:
    now = clock.now()
    return ProbeResult(
        check=check,
        started=now,
        finished=now,
        observed=now,
        wall=clock.wall(),
        expires=now + 200.0,
        **fields,  # type: ignore[arg-type]
    )


@pytest.mark.parametrize("step", [5 * HOUR, -5 * HOUR])
def test_earlier_moments_are_told_by_the_clock_as_it_goes_now(
    ledger: Ledger, clock: HandClock, step: float
) -> None:
    ledger.accept(good("ping", clock))
    ledger.accept(good("connect", clock))
    ledger.accept(good("memory", clock, findings=(OOM.found("memory full"),)))
    since = clock.wall()
    clock.moment += 10.0
    ledger.accept(good("connect", clock, failure=SILENT))
    before = ledger.verdict
    assert (before.state, before.since) == (State.DOWN, clock.ahead + 100.0)
    clock.ahead += step
    clock.moment += 1.0
    ledger.accept(good("ping", clock))
    after = ledger.verdict
    # The verdict and what it rests on are as they were.
    assert (after.state, after.codes) == (before.state, before.codes)
    assert after.checks["memory"].observed == before.checks["memory"].observed
    assert after.since == before.since + step
    assert after.reasons[0].since == since + step
    assert after.observed_at == clock.wall()
    flap = ledger.snapshot.checks["connect"].flap
    assert flap is not None
    assert (flap.at, flap.since) == (110.0, clock.ahead + 110.0)
    assert ledger.snapshot.started_wall == clock.ahead + 100.0


def test_a_clock_that_is_merely_slewed_changes_nothing(ledger: Ledger, clock: HandClock) -> None:
    ledger.accept(good("ping", clock))
    since = ledger.verdict.since
    clock.ahead += 0.9
    ledger.accept(good("ping", clock))
    assert ledger.verdict.since == since


def test_a_pause_between_two_clocks_is_no_step(ledger: Ledger, clock: HandClock) -> None:
    ledger.accept(good("ping", clock))
    since = ledger.verdict.since
    clock.pause, clock.ahead = 10.0, clock.ahead + 5.0
    ledger.accept(good("connect", clock))
    assert ledger.verdict.since == since
    clock.pause = 0.0
    ledger.accept(good("connect", clock))
    assert ledger.verdict.since == since + 5.0

"""The small rules of the vocabulary."""

from __future__ import annotations

import time
from dataclasses import FrozenInstanceError

import pytest

from redis_health.model import (
    Capability,
    Condition,
    Dial,
    Histogram,
    ProbeOptions,
    Snapshot,
    Standing,
    State,
    SystemClock,
)
from redis_health.probes import catalogue


def test_the_words_and_numbers_of_a_state() -> None:
    assert {state: (state.health, state.status) for state in State} == {
        State.UP: (1.0, "ok"),
        State.DEGRADED: (0.5, "degraded"),
        State.DOWN: (0.0, "error"),
    }


def test_a_finding_is_its_condition_unless_it_differs() -> None:
    condition = Condition("X", "x", "mend it", lost=frozenset({Capability.READ}))
    plain = condition.found("broken")
    assert (plain.code, plain.advice, plain.lost) == ("X", "mend it", condition.lost)
    other = condition.found("broken", advice="", lost=frozenset())
    assert (other.advice, other.lost) == ("", frozenset())


def test_a_dial_takes_as_long_as_its_phases() -> None:
    assert Dial(resolve=1.0, connect=2.0, tls=3.0, login=4.0).total == 10.0


def test_a_histogram_counts_what_its_last_bucket_holds() -> None:
    assert Histogram(((0.1, 3.0), (float("inf"), 7.0)), 1.0).count == 7.0
    assert Histogram((), 0.0).count == 0.0


def test_a_snapshot_never_changes() -> None:
    first = Snapshot("x", {"ping": Standing("ping")}, started=1.0, started_wall=2.0)
    second = first.with_standing(Standing("ping", rounds=1))
    third = second.with_stall(5.0, 2.0)
    assert (first.version, second.version, third.version) == (0, 1, 2)
    assert (first.settled, second.settled) == (False, True)
    assert (second.stalled, third.stalled) == (None, (5.0, 2.0))
    assert first.fact("ping", "n") is None
    assert first.fact("unknown", "n") is None
    with pytest.raises(FrozenInstanceError):
        first.version = 7  # type: ignore[misc]


def test_reconnects_are_forgotten_after_five_minutes() -> None:
    snapshot = Snapshot("x", {}, started=0.0, started_wall=0.0)
    for moment in (10.0, 200.0, 310.0):
        snapshot = snapshot.with_reconnect(moment)
    assert snapshot.reconnected == (200.0, 310.0)


def test_the_clocks_are_the_machines() -> None:
    clock = SystemClock()
    assert abs(time.monotonic() - clock.now()) < 1
    assert abs(time.time() - clock.wall()) < 1


@pytest.mark.skipif(not hasattr(time, "CLOCK_BOOTTIME"), reason="the system has no such clock")
def test_the_clock_goes_on_while_the_machine_is_suspended(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, real = SystemClock(), time.clock_gettime
    before = clock.now()

    def slept(which: int) -> float:
        return real(which) + (3600.0 if which == time.CLOCK_BOOTTIME else 0.0)

    monkeypatch.setattr(time, "clock_gettime", slept)
    assert clock.now() - before == pytest.approx(3600.0, abs=1.0)
    assert abs(time.monotonic() - before) < 1


def test_an_opt_in_probe_runs_where_it_is_asked_for() -> None:
    probes = {probe.name: probe for probe in catalogue()}
    assert not probes["write"].runs(ProbeOptions())
    assert probes["write"].runs(ProbeOptions(given={"check_write": True}))
    # A value of another type than the setting's is none.
    assert not probes["write"].runs(ProbeOptions(given={"check_write": "yes"}))
    assert probes["ping"].runs(ProbeOptions())

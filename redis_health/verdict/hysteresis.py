"""How much evidence it takes: the fold of one result into the standing of its check."""

from __future__ import annotations

from dataclasses import replace

from redis_health.model import Flap, Policy, ProbeResult, Standing


def advance(standing: Standing, result: ProbeResult, policy: Policy) -> Standing:
    """The standing of a check after one more round. Pure.

    A failure counts when it has been seen as often in a row as its nature asks for, and ends when
    as many successes have followed. A round that the service itself spoilt changes nothing but
    the count of rounds.
    """
    standing = replace(standing, rounds=standing.rounds + 1, own_fault=result.own_fault)
    if result.own_fault is not None:
        return standing
    if result.failure is not None:
        return _failed(standing, result, policy)
    return _succeeded(standing, result, policy)


def _failed(standing: Standing, result: ProbeResult, policy: Policy) -> Standing:
    failure = result.failure
    assert failure is not None
    streak = standing.streak + 1
    counts = standing.confirmed is not None or streak >= policy.fall[failure.nature]
    first = standing.streak == 0 and standing.confirmed is None
    return replace(
        standing,
        streak=streak,
        recovered=0,
        confirmed=failure if counts else None,
        flap=None if counts else Flap(failure, streak, result.finished, result.wall),
        failing_since=result.wall if first else standing.failing_since,
        failing_since_monotonic=result.finished if first else standing.failing_since_monotonic,
        last=result,
    )


def _succeeded(standing: Standing, result: ProbeResult, policy: Policy) -> Standing:
    confirmed, recovered = standing.confirmed, 0
    if confirmed is not None:
        recovered = standing.recovered + 1
        if recovered >= policy.rise[confirmed.nature]:
            confirmed, recovered = None, 0
    alarms = _alarms(standing, result, policy)
    present = {finding.code for finding in result.findings} | {
        reading.threshold.condition.code
        for reading in result.readings
        if reading.threshold.name in alarms
    }
    return replace(
        standing,
        streak=0,
        recovered=recovered,
        confirmed=confirmed,
        failing_since=standing.failing_since if confirmed else None,
        failing_since_monotonic=standing.failing_since_monotonic if confirmed else None,
        last=result,
        success=result,
        alarms=alarms,
        since={code: standing.since.get(code, result.wall) for code in present},
    )


def _alarms(standing: Standing, result: ProbeResult, policy: Policy) -> frozenset[str]:
    """The thresholds that are entered: one stays so until its leave value is passed."""
    entered = set()
    for reading in result.readings:
        threshold = reading.threshold
        limits = policy.limits_of(threshold)
        limit = limits.enter
        if threshold.name in standing.alarms and limits.leave is not None:
            limit = limits.leave
        if limits.enter is None or limit is None:
            continue
        if reading.value >= limit if threshold.above else reading.value <= limit:
            entered.add(threshold.name)
    return frozenset(entered)

"""How much evidence it takes: the fold of one result into the standing of its check."""

from __future__ import annotations

from dataclasses import replace

from redis_health.model import Failure, Flap, Nature, Policy, ProbeResult, Standing
from redis_health.model.snapshot import BLIPS_KEPT
from redis_health.verdict.bounds import REFUSED_LOGINS


def advance(standing: Standing, result: ProbeResult, policy: Policy) -> Standing:
    """The standing of a check after one more round. Pure.

    A failure counts when it has been seen as often in a row as its nature asks for, and ends when
    as many successes have followed. An error reply proves that Redis is there, so that silence
    before or after it is counted anew. A round that the service itself spoilt changes nothing but
    the count of rounds.
    """
    standing = replace(standing, rounds=standing.rounds + 1, own_fault=result.own_fault)
    if result.own_fault is not None:
        return standing
    if result.failure is not None:
        return _failed(standing, result, result.failure, policy)
    return _succeeded(standing, result, policy)


def _failed(standing: Standing, result: ProbeResult, failure: Failure, policy: Policy) -> Standing:
    before = standing.last.failure if standing.last is not None and standing.streak else None
    goes_on = before is not None and _one_trouble(before, failure)
    streak = standing.streak + 1 if goes_on else 1
    known = standing.confirmed is not None and _one_trouble(standing.confirmed, failure)
    since = standing.flap.since if goes_on and standing.flap is not None else result.wall
    if not known and streak < policy.fall[failure.nature]:
        doubted = standing.flap if standing.streak else None
        began = result.started if doubted is None else doubted.began
        flap = Flap(failure, streak, result.finished, since, began)
        return replace(standing, streak=streak, recovered=0, flap=flap, last=result)
    return replace(
        standing,
        streak=streak,
        recovered=0,
        confirmed=failure,
        flap=None,
        failing_since=standing.failing_since if known else since,
        failing_since_monotonic=standing.failing_since_monotonic if known else result.finished,
        last=result,
    )


def _one_trouble(before: Failure, after: Failure) -> bool:
    """Whether two failures are of one kind: no answer at all, or the same answer."""
    if before.nature is not Nature.REPLY and after.nature is not Nature.REPLY:
        return True
    if before.condition in REFUSED_LOGINS and after.condition in REFUSED_LOGINS:
        return True
    return before.condition is after.condition


def _succeeded(standing: Standing, result: ProbeResult, policy: Policy) -> Standing:
    confirmed, recovered = standing.confirmed, 0
    blips = tuple(at for at in standing.blips if result.finished - at <= BLIPS_KEPT)
    if confirmed is None and standing.streak and _was_silent(standing):
        blips = (*blips, result.finished)
    if confirmed is not None:
        recovered = standing.recovered + 1
        if recovered >= policy.rise[confirmed.nature]:
            confirmed, recovered = None, 0
            standing = replace(standing, recovered_at=result.finished)
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
        blips=blips,
        last=result,
        success=result,
        alarms=alarms,
        since={code: standing.since.get(code, result.wall) for code in present},
    )


def _was_silent(standing: Standing) -> bool:
    return standing.flap is not None and standing.flap.failure.nature is Nature.SILENCE


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

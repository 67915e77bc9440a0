"""How soon a loss shows: the bounds that follow from the configuration."""

from __future__ import annotations

import functools
from collections.abc import Iterable

from redis_health.model import Capability, Failure, Nature, Policy, Probe, Schedule, Standing
from redis_health.replies import conditions

#: Seconds for our own work and the scheduling of a busy machine.
_SLACK = 0.1
#: Seconds for which one INFO serves several probes: what a round reports may be as old already.
INFO_SHARED_FOR = 0.5
#: Seconds between the rounds of a check that fails, at most: its recovery should not take minutes.
FAILING_INTERVAL = 5.0
#: Seconds between logins while they are refused: every one is a line in the server's ACL LOG.
REFUSED_LOGIN_INTERVAL = 5.0

REFUSED_LOGINS = frozenset({conditions.WRONGPASS, conditions.NOAUTH, conditions.AUTH_UNEXPECTED})


def detect_within(probes: Iterable[Probe], policy: Policy) -> float:
    """Seconds within which the loss of any required capability shows in the verdict.

    The slowest of: a probe that must be silent several times in a row, right after a round that
    went well; and a probe that finds the loss in INFO, one interval and one time-out later.
    """
    required = policy.required(None)
    bounds = [0.0]
    for probe in probes:
        schedule = policy.schedules.get(probe.name)
        if schedule is None:
            continue
        if _loses_when_silent(probe) & required:
            bounds.append(_silence(schedule, policy))
        elif can_lose(probe) & required:
            age = schedule.interval + INFO_SHARED_FOR
            bounds.append(age + schedule.timeout + _SLACK)
    return round(max(bounds), 3)


def pause(standing: Standing, probe: Probe, policy: Policy, interval: float) -> float:
    """Seconds between this round and the next, at most.

    Shorter than the interval while the check is in doubt, longer while logins are refused.
    """
    if standing.in_doubt and probe.observes:
        return min(policy.recheck, interval)
    if standing.confirmed is not None and standing.confirmed.condition in REFUSED_LOGINS:
        return max(interval, REFUSED_LOGIN_INTERVAL)
    if standing.confirmed is not None:
        return min(interval, FAILING_INTERVAL)
    return interval


def lifetime(schedule: Schedule, failure: Failure | None) -> float:
    """Seconds for which a result is evidence: two intervals and the time-out.

    The interval is the one until the next round, which is longer while logins are refused.
    """
    interval = schedule.interval
    if failure is not None and failure.condition in REFUSED_LOGINS:
        interval = max(interval, REFUSED_LOGIN_INTERVAL)
    return 2 * interval + schedule.timeout


def _loses_when_silent(probe: Probe) -> frozenset[Capability]:
    if probe.name == "ping":
        return frozenset(Capability)
    return probe.observes | conditions.TIMEOUT.lost if probe.observes else frozenset()


def _silence(schedule: Schedule, policy: Policy) -> float:
    rounds = policy.fall[Nature.SILENCE]
    return schedule.interval + rounds * schedule.timeout + (rounds - 1) * policy.recheck + _SLACK


@functools.cache
def can_lose(probe: Probe) -> frozenset[Capability]:
    """The capabilities whose loss the probe may find in what Redis reports."""
    declared = [*probe.conditions, *(threshold.condition for threshold in probe.thresholds)]
    return frozenset().union(*(condition.lost for condition in declared))

"""What each check says at a moment: the first half of a judgement."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from math import inf

from redis_health.model import (
    Capability,
    Condition,
    Failure,
    Nature,
    Policy,
    Probe,
    ProbeResult,
    Snapshot,
    Standing,
)
from redis_health.verdict.bounds import lifetime

#: Without either of these a client gets nothing at all.
SHUT_OUT = frozenset({Capability.CONNECT, Capability.AUTHENTICATE})


class Weight(Enum):
    """What a check is worth right now."""

    STARTING = auto()
    UNOBSERVED = auto()
    FAILING = auto()
    GOOD = auto()


@dataclass(frozen=True, slots=True)
class Evidence:
    """One check at one moment.

    ``failure`` is the one that is believed in, ``failing_since`` when it began (epoch seconds).
    ``fresh`` says whether what the last success reported may be shown. ``lingers`` says that the
    check has fallen silent since, a moment ago: what it found lost is not found again. ``expires``
    is the next monotonic moment at which something here goes stale, infinite when nothing will.
    ``asked_again`` says that the check last ran while Redis could not be reached, and now it can.
    """

    probe: Probe
    standing: Standing
    weight: Weight
    failure: Failure | None
    failing_since: float | None
    fresh: bool
    lingers: bool
    expires: float
    asked_again: bool

    @property
    def name(self) -> str:
        """The name of the check."""
        return self.probe.name


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that is wrong, before it is weighed against what is required."""

    condition: Condition
    check: str
    message: str
    advice: str
    lost: frozenset[Capability]
    since: float


def gather(
    snapshot: Snapshot, probes: Mapping[str, Probe], policy: Policy, now: float
) -> dict[str, Evidence]:
    """The evidence of every check of the snapshot that has a probe, in the probes' order."""
    ping = snapshot.checks.get("ping")
    reopened = ping.recovered_at if ping is not None else None
    return {
        name: _evidence(
            probe,
            snapshot.checks[name],
            now,
            patience=_patience(probe, snapshot, policy),
            reopened=reopened,
        )
        for name, probe in probes.items()
        if name in snapshot.checks
    }


def _patience(probe: Probe, snapshot: Snapshot, policy: Policy) -> float:
    """The moment until which a check that has not been observed at all is merely starting."""
    schedule = policy.schedules.get(probe.name)
    return inf if schedule is None else snapshot.started + lifetime(schedule, None)


def _evidence(
    probe: Probe, standing: Standing, now: float, *, patience: float, reopened: float | None
) -> Evidence:
    asked_again = not probe.observes and _is_aftermath(standing, reopened)
    weight = Weight.STARTING if asked_again else _weight(probe, standing, patience, now)
    last, success = standing.last, standing.success
    expires = patience if last is None else last.expires
    if expires < now:
        expires = inf
    valid = success is not None and now <= success.expires
    if success is not None and valid:
        expires = min(expires, success.expires)
    failure, since = None, None
    if weight is Weight.FAILING:
        failure, since = standing.confirmed, standing.failing_since
        if failure is None and standing.flap is not None:
            failure, since = standing.flap.failure, standing.flap.since
    return Evidence(
        probe,
        standing,
        weight,
        failure=failure,
        failing_since=since,
        fresh=valid and weight is Weight.GOOD,
        lingers=valid and failure is not None and failure.nature is not Nature.REPLY,
        expires=expires,
        asked_again=asked_again,
    )


def _is_aftermath(standing: Standing, reopened: float | None) -> bool:
    """Whether the last round only told that the way was closed, which has been opened since."""
    last = standing.last
    if last is None or last.failure is None or reopened is None:
        return False
    # One that was under way as it was opened may still end in silence.
    return last.started <= reopened and is_way_lost(last.failure)


def _weight(probe: Probe, standing: Standing, patience: float, now: float) -> Weight:
    if standing.last is None:
        return Weight.STARTING if now <= patience else Weight.UNOBSERVED
    if now > standing.last.expires:
        return Weight.UNOBSERVED
    if standing.confirmed is not None:
        return Weight.FAILING
    if standing.success is None:
        return Weight.STARTING
    if now > standing.success.expires and not probe.observes:
        # It is asked at its leisure: by now the failures that do not count yet are all there is.
        return Weight.FAILING
    if _is_doubted_late(standing):
        return Weight.UNOBSERVED
    # A check that is asked early while in doubt is settled within the bound that is published.
    return Weight.GOOD


def _is_doubted_late(standing: Standing) -> bool:
    """Whether the last success had gone stale before the failures that do not count yet began."""
    if not standing.streak or standing.flap is None or standing.success is None:
        return False
    return standing.flap.began > standing.success.expires


def way_is_lost(evidence: Mapping[str, Evidence]) -> Failure | None:
    """The failure of the kept connection, where it says that nothing else can be asked now."""
    ping = evidence.get("ping")
    failure = ping.failure if ping is not None else None
    return failure if failure is not None and is_way_lost(failure) else None


def is_way_lost(failure: Failure) -> bool:
    """Whether a failure of the kept connection means that there is none: no answer, or shut out."""
    return failure.nature is not Nature.REPLY or bool(failure.condition.lost & SHUT_OUT)


def findings(item: Evidence, policy: Policy) -> Iterator[Mark]:
    """What a good check found wrong in what Redis reported.

    Of one that has just fallen silent it is what had been lost: a fault that grows worse, from a
    refusal to silence, must not look better until the silence has been confirmed for Redis itself.
    """
    if item.weight is Weight.GOOD:
        yield from _found(item, policy)
    elif item.lingers:
        yield from (mark for mark in _found(item, policy) if mark.lost)


def _found(item: Evidence, policy: Policy) -> Iterator[Mark]:
    result = item.standing.success
    if result is None:
        return
    since = item.standing.since
    for finding in result.findings:
        yield Mark(
            finding.condition,
            finding.condition.check or item.name,
            finding.message,
            finding.advice,
            finding.lost,
            since.get(finding.code, result.wall),
        )
    yield from _alarms(item, result, policy)


def _alarms(item: Evidence, result: ProbeResult, policy: Policy) -> Iterator[Mark]:
    for reading in result.readings:
        threshold = reading.threshold
        if threshold.name not in item.standing.alarms:
            continue
        condition = threshold.condition
        limit = policy.limits_of(threshold).enter
        yield Mark(
            condition,
            condition.check or item.name,
            f"{reading.message} (limit {limit:g} {threshold.unit})",
            condition.advice,
            condition.lost,
            item.standing.since.get(condition.code, result.wall),
        )

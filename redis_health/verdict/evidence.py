"""What each check says at a moment: the first half of a judgement."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum, auto

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


class Weight(Enum):
    """What a check is worth right now."""

    STARTING = auto()
    UNOBSERVED = auto()
    FAILING = auto()
    GOOD = auto()


@dataclass(frozen=True, slots=True)
class Evidence:
    """One check at one moment."""

    probe: Probe
    standing: Standing
    weight: Weight

    @property
    def name(self) -> str:
        """The name of the check."""
        return self.probe.name

    @property
    def failure(self) -> Failure | None:
        """The failure that is believed in."""
        if self.weight is not Weight.FAILING:
            return None
        flap = self.standing.flap
        return self.standing.confirmed or (flap.failure if flap is not None else None)


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that is wrong, before it is weighed against what is required."""

    condition: Condition
    check: str
    message: str
    advice: str
    lost: frozenset[Capability]
    since: float


def gather(snapshot: Snapshot, probes: Mapping[str, Probe], now: float) -> dict[str, Evidence]:
    """The evidence of every check of the snapshot that has a probe, in the probes' order."""
    return {
        name: Evidence(probe, snapshot.checks[name], _weight(probe, snapshot.checks[name], now))
        for name, probe in probes.items()
        if name in snapshot.checks
    }


def _weight(probe: Probe, standing: Standing, now: float) -> Weight:
    if standing.last is None:
        return Weight.STARTING
    if now > standing.last.expires:
        return Weight.UNOBSERVED
    if standing.confirmed is not None:
        return Weight.FAILING
    if standing.success is None:
        return Weight.STARTING
    if now > standing.success.expires and not probe.observes:
        # It is asked at its leisure: by now the failures that do not count yet are all there is.
        return Weight.FAILING if standing.streak else Weight.UNOBSERVED
    # A check that is asked early while in doubt is settled within the bound that is published.
    return Weight.GOOD


def way_is_lost(evidence: Mapping[str, Evidence]) -> Failure | None:
    """The failure of the kept connection, where it says that nothing else can be asked now."""
    ping = evidence.get("ping")
    failure = ping.failure if ping is not None else None
    if failure is None:
        return None
    if failure.nature is not Nature.REPLY:
        return failure
    shut_out = {Capability.CONNECT, Capability.AUTHENTICATE}
    return failure if failure.condition.lost & shut_out else None


def findings(item: Evidence, policy: Policy) -> Iterator[Mark]:
    """What a good check found wrong in what Redis reported."""
    result = item.standing.success
    if item.weight is not Weight.GOOD or result is None:
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

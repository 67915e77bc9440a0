"""What is to be said of the service itself: not started, not observed, not yet sure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from redis_health.model import Capability, Condition, Policy, Snapshot
from redis_health.verdict.evidence import Evidence, Mark, Weight

STARTING = Condition(
    "STARTING",
    "no required probe has finished yet",
    "wait; the first round takes a second at most",
)
UNOBSERVED = Condition(
    "UNOBSERVED",
    "a check has not been observed for too long: what it said before is no evidence any more",
    "look at this service's own log and CPU limit; Redis itself may be well",
)
FLAP_SUPPRESSED = Condition(
    "FLAP_SUPPRESSED",
    "a round failed, too few in a row to count",
    "none",
    note=True,
)
#: Seconds for which a round that failed and did not count is told of.
_FLAP_TOLD = 60.0


def own_marks(
    snapshot: Snapshot,
    evidence: Mapping[str, Evidence],
    required: frozenset[Capability],
    *,
    now: float,
    way_lost: bool,
) -> Iterator[Mark]:
    """Checks that have not started, or that have gone stale."""
    waiting = [
        item
        for item in evidence.values()
        if item.weight is Weight.STARTING and item.probe.observes & required
    ]
    known = any(item.failure for item in evidence.values())
    if waiting and not known:
        done = sum(item.standing.rounds > 0 for item in evidence.values())
        message = f"{waiting[0].name} has not been answered yet ({done} of {len(evidence)} probes)"
        if waiting[0].standing.own_fault:
            message += f": {waiting[0].standing.own_fault}"
        elif done == 0:
            message = f"no probe has finished yet (0 of {len(evidence)})"
        yield Mark(
            STARTING,
            waiting[0].name,
            message,
            STARTING.advice,
            waiting[0].probe.observes,
            snapshot.started_wall,
        )
    stale = [item for item in evidence.values() if item.weight is Weight.UNOBSERVED]
    if stale and not (way_lost and not any(item.probe.observes & required for item in stale)):
        yield _stale(snapshot, stale, required, now)


def _stale(
    snapshot: Snapshot, stale: list[Evidence], required: frozenset[Capability], now: float
) -> Mark:
    stale = sorted(stale, key=lambda item: not item.probe.observes & required)
    told = ", ".join(f"{item.name} last ran {_age(item, now):.0f} s ago" for item in stale[:3])
    if len(stale) > 3:  # noqa: PLR2004 - three names are enough to start looking
        told += f" and {len(stale) - 3} more"
    fault = next((item.standing.own_fault for item in stale if item.standing.own_fault), None)
    if snapshot.stalled is not None and now - snapshot.stalled[0] < _FLAP_TOLD:
        fault = f"the service's own event loop stalled for {snapshot.stalled[1]:.1f} s"
    message = f"not observed: {told}" + (f" ({fault})" if fault else "")
    lost: frozenset[Capability] = frozenset().union(*(item.probe.observes for item in stale))
    last = stale[0].standing.last
    since = last.wall if last is not None else snapshot.started_wall
    return Mark(UNOBSERVED, stale[0].name, message, UNOBSERVED.advice, lost, since)


def _age(item: Evidence, now: float) -> float:
    last = item.standing.last
    return now - last.observed if last is not None else 0.0


def suppressed_flaps(
    evidence: Mapping[str, Evidence], policy: Policy, now: float
) -> Iterator[Mark]:
    """Rounds that failed and did not count: hidden from the verdict, not from people."""
    for item in evidence.values():
        flap = item.standing.flap
        if flap is None or item.weight is not Weight.GOOD or now - flap.at > _FLAP_TOLD:
            continue
        needed = policy.fall[flap.failure.nature]
        yield Mark(
            FLAP_SUPPRESSED,
            item.name,
            f"{item.name}: {flap.streak} of {needed} failures needed ({flap.failure.code}); "
            f"last failure {now - flap.at:.0f} s ago",
            FLAP_SUPPRESSED.advice,
            frozenset(),
            flap.wall,
        )

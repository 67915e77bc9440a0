"""What is to be said of the service itself: not started, or not observed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from redis_health.model import Capability, Condition, Policy, Snapshot
from redis_health.verdict.bounds import can_lose
from redis_health.verdict.evidence import Evidence, Mark, Weight

STARTING = Condition(
    "STARTING",
    "a required check has not finished its first round yet",
    "wait; the first round takes a second or two at most",
)
UNOBSERVED = Condition(
    "UNOBSERVED",
    "a check has not been observed for too long: what it said before is no evidence any more",
    "look at this service's own log and CPU limit; Redis itself may be well",
)
#: Seconds for which a stall is named as the reason that a check was not observed.
_STALL_EXPLAINS = 60.0


def own_marks(
    snapshot: Snapshot,
    evidence: Mapping[str, Evidence],
    policy: Policy,
    required: frozenset[Capability],
    *,
    now: float,
    way_lost: bool,
    known: bool,
) -> Iterator[Mark]:
    """Checks that have not started, or that have gone stale.

    ``known`` says that something required is known to be lost: a better answer than "not yet".
    """
    waiting = [] if known else [item for item in evidence.values() if _waits(item, required)]
    if waiting:
        yield _starting(snapshot, evidence, waiting[0])
    stale = [item for item in evidence.values() if item.weight is Weight.UNOBSERVED]
    if stale and not (way_lost and not any(item.probe.observes & required for item in stale)):
        yield _stale(snapshot, stale, policy, required, now)


def _waits(item: Evidence, required: frozenset[Capability]) -> bool:
    """Whether a check without which nothing good can be said has not told anything yet.

    That is one that observes what is required, until it has been answered, and one that may find
    it lost, until it has run once since Redis could be reached.
    """
    if item.weight is not Weight.STARTING:
        return False
    if item.probe.observes & required:
        return True
    not_yet = item.standing.rounds == 0 or item.asked_again
    return not_yet and bool(can_lose(item.probe) & required)


def _starting(snapshot: Snapshot, evidence: Mapping[str, Evidence], item: Evidence) -> Mark:
    done = sum(item.standing.rounds > 0 for item in evidence.values())
    message = f"{item.name} has not been answered yet ({done} of {len(evidence)} probes)"
    if item.asked_again:
        message = f"{item.name} has not been asked since Redis came back"
    elif item.standing.own_fault:
        message += f": {item.standing.own_fault}"
    elif done == 0:
        message = f"no probe has finished yet (0 of {len(evidence)})"
    return Mark(
        STARTING,
        item.name,
        message,
        STARTING.advice,
        item.probe.observes or can_lose(item.probe),
        snapshot.started_wall,
    )


def _stale(
    snapshot: Snapshot,
    stale: list[Evidence],
    policy: Policy,
    required: frozenset[Capability],
    now: float,
) -> Mark:
    stale = sorted(stale, key=lambda item: not item.probe.observes & required)
    told = ", ".join(_last_ran(item, policy, now) for item in stale[:3])
    if len(stale) > 3:
        told += f" and {len(stale) - 3} more"
    fault = next((item.standing.own_fault for item in stale if item.standing.own_fault), None)
    last = stale[0].standing.last
    unseen = now - (snapshot.started if last is None else last.observed)
    if snapshot.stalled is not None and now - snapshot.stalled[0] < _STALL_EXPLAINS:
        seconds = snapshot.stalled[1]
        # A short one, some time ago, is not the cause where there is a word about another.
        if fault is None or 2 * seconds >= unseen:
            fault = f"the service's own event loop stalled for {seconds:.1f} s"
    message = f"not observed: {told}" + (f" ({fault})" if fault else "")
    lost: frozenset[Capability] = frozenset().union(*(item.probe.observes for item in stale))
    since = last.wall if last is not None else snapshot.started_wall
    return Mark(UNOBSERVED, stale[0].name, message, UNOBSERVED.advice, lost, since)


def _last_ran(item: Evidence, policy: Policy, now: float) -> str:
    last, every = item.standing.last, f"(every {policy.schedules[item.name].interval:g} s)"
    if last is None:
        return f"{item.name} never ran {every}"
    success = item.standing.success
    if now <= last.expires and success is not None:
        return f"{item.name} last answered {now - success.observed:.0f} s ago {every}"
    return f"{item.name} last ran {now - last.observed:.0f} s ago {every}"

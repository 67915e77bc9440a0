"""The judgement: a Snapshot and a Policy in, a Verdict out. No clock, no Redis."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from redis_health.model import (
    Capability,
    CheckStatus,
    CheckView,
    Identity,
    Policy,
    Probe,
    Reason,
    Severity,
    Snapshot,
    State,
    Verdict,
)
from redis_health.model.line import one_line
from redis_health.verdict.evidence import (
    SHUT_OUT,
    Evidence,
    Mark,
    Weight,
    findings,
    gather,
    way_is_lost,
)
from redis_health.verdict.explain import REFUSALS, grace_ends, is_rotation, mark_of_failure
from redis_health.verdict.merge import merged
from redis_health.verdict.notes import notes
from redis_health.verdict.own import own_marks

_STATE = {Severity.DOWN: State.DOWN, Severity.DEGRADED: State.DEGRADED}
#: Seconds after which a verdict is judged again in any case.
_FAR = 3600.0
#: Characters of a word that a server says of itself, such as its version.
_WORD = 100
#: The checks that go the way to Redis, each with a failure of its own to tell of it.
_LANES = ("ping", "connect")


def judge(
    snapshot: Snapshot,
    policy: Policy,
    probes: Mapping[str, Probe],
    *,
    now: float,
    wall: float,
    detect_within: float,
    before: Verdict | None = None,
) -> Verdict:
    """The verdict on a snapshot at the monotonic moment ``now`` (``wall`` since the epoch).

    Pure: the same arguments give the same verdict. ``detect_within`` is the bound that follows from
    the probes and the policy. ``before`` is the verdict that this one follows, of which only
    ``state`` and ``since`` are read.
    """
    evidence = gather(snapshot, probes, policy, now)
    role = _text(snapshot.fact("replication", "role"))
    required = policy.required(role)
    lost = way_is_lost(evidence) is not None
    told = list(notes(snapshot, evidence, policy, now=now, wall=wall))
    marks = list(_marks(snapshot, evidence, policy, now=now, wall=wall, way_lost=lost))
    known = any(mark.lost & required for mark in marks if not _is_harmless(mark, policy))
    marks += own_marks(snapshot, evidence, policy, required, now=now, way_lost=lost, known=known)
    reasons, remarks = _weighed([*marks, *(note.mark for note in told)], policy, required)
    state = _STATE[reasons[0].severity] if reasons else State.UP
    return Verdict(
        state=state,
        reasons=reasons,
        notes=remarks,
        checks={item.name: _view(item, (*reasons, *remarks)) for item in evidence.values()},
        since=before.since if before is not None and before.state is state else wall,
        observed_at=_observed_at(evidence),
        valid_until=min(
            now + _FAR,
            _next_change(evidence, policy, now),
            *(note.until for note in told),
        ),
        redis_up=_redis_up(evidence, policy, now),
        fresh=frozenset(
            item.name
            for item in evidence.values()
            if item.fresh and (not lost or item.probe.independent)
        ),
        identity=_identity(snapshot, role),
        detect_within=detect_within,
    )


def _marks(
    snapshot: Snapshot,
    evidence: Mapping[str, Evidence],
    policy: Policy,
    *,
    now: float,
    wall: float,
    way_lost: bool,
) -> Iterator[Mark]:
    for item in evidence.values():
        failure = item.failure
        # With the way to Redis lost, what the other checks miss is the consequence of that.
        stands = not way_lost or item.probe.independent
        if failure is not None and (stands or item.name in _LANES):
            yield mark_of_failure(
                item,
                failure,
                snapshot=snapshot,
                evidence=evidence,
                policy=policy,
                now=now,
                wall=wall,
            )
        if stands:
            yield from findings(item, policy)


def _weighed(
    marks: Iterable[Mark], policy: Policy, required: frozenset[Capability]
) -> tuple[tuple[Reason, ...], tuple[Reason, ...]]:
    """Reasons, the worst first, and notes."""
    counting: list[Mark] = []
    harmless: list[Mark] = []
    for mark in marks:
        (harmless if _is_harmless(mark, policy) else counting).append(mark)
    # Merged apart: a cause that the operator lives with must not hide what it explains.
    reasons = [
        _reason(mark, Severity.DOWN if mark.lost & required else Severity.DEGRADED)
        for mark in merged(counting)
    ]
    reasons.sort(key=lambda reason: reason.severity is not Severity.DOWN)
    return tuple(reasons), tuple(_reason(mark, Severity.NOTE) for mark in merged(harmless))


def _is_harmless(mark: Mark, policy: Policy) -> bool:
    return mark.condition.note or mark.condition.code in policy.accepted


def _reason(mark: Mark, severity: Severity) -> Reason:
    return Reason(mark.condition.code, mark.check, severity, mark.message, mark.advice, mark.since)


def _view(item: Evidence, told: Iterable[Reason]) -> CheckView:
    last = item.standing.success if item.weight is Weight.GOOD else item.standing.last
    reason = _reason_for(item, told)
    status, code, message = _STATUS[item.weight], None, None
    if item.failure is not None:
        code, message = item.failure.code, item.failure.message
        if item.failure.condition in REFUSALS:
            status = CheckStatus.UNAVAILABLE
    elif last is not None and last.unavailable is not None and status is CheckStatus.OK:
        status, message = CheckStatus.UNAVAILABLE, last.unavailable
    elif item.standing.own_fault is not None and status is not CheckStatus.OK:
        message = item.standing.own_fault
    if reason is not None and status in _WEIGHED_BY_REASON:
        status = _BY_SEVERITY[reason.severity]
    if reason is not None and status is not CheckStatus.UNAVAILABLE and reason.check == item.name:
        code, message = reason.code, reason.message
    latency = last.facts.get("latency") if last is not None else None
    return CheckView(
        name=item.name,
        status=status,
        observed=last.observed if last is not None else None,
        latency=latency if isinstance(latency, float) else None,
        code=code,
        message=message,
    )


def _reason_for(item: Evidence, told: Iterable[Reason]) -> Reason | None:
    """What is said of a check, or of the failure that it shares with the check that is named."""
    own = [reason for reason in told if reason.check == item.name]
    if item.failure is not None:
        own += [reason for reason in told if reason.code == item.failure.code]
    counting = (reason for reason in own if reason.severity is not Severity.NOTE)
    # A note on a good check is no news about how it stands; on a failing one it is why.
    return next(counting, own[0] if own and item.failure is not None else None)


_STATUS = {
    Weight.STARTING: CheckStatus.STARTING,
    Weight.UNOBSERVED: CheckStatus.UNOBSERVED,
    Weight.FAILING: CheckStatus.ERROR,
    Weight.GOOD: CheckStatus.OK,
}
_WEIGHED_BY_REASON = frozenset({CheckStatus.ERROR, CheckStatus.OK})
_BY_SEVERITY = {
    Severity.DOWN: CheckStatus.ERROR,
    Severity.DEGRADED: CheckStatus.DEGRADED,
    Severity.NOTE: CheckStatus.DEGRADED,
}


def _redis_up(evidence: Mapping[str, Evidence], policy: Policy, now: float) -> bool | None:
    """Whether Redis lets us in; None while nothing, or nothing valid, was observed."""
    lanes = [evidence[name] for name in _LANES if name in evidence]
    if any(_is_shut_out(item, evidence, policy, now) for item in lanes):
        return False
    if not lanes or any(item.weight in _NOT_SEEN for item in lanes):
        return None
    return True


_NOT_SEEN = frozenset({Weight.STARTING, Weight.UNOBSERVED})


def _is_shut_out(
    item: Evidence, evidence: Mapping[str, Evidence], policy: Policy, now: float
) -> bool:
    if item.failure is None or not item.failure.condition.lost & SHUT_OUT:
        return False
    return not (is_rotation(item, evidence) and now < grace_ends(item, policy))


def _next_change(evidence: Mapping[str, Evidence], policy: Policy, now: float) -> float:
    """The next monotonic moment at which something is judged differently although nothing comes."""
    moments = [item.expires for item in evidence.values()]
    moments += [
        ends
        for item in evidence.values()
        if is_rotation(item, evidence) and (ends := grace_ends(item, policy)) > now
    ]
    return min(moments, default=now + _FAR)


def _observed_at(evidence: Mapping[str, Evidence]) -> float | None:
    """When Redis itself last told anything, seconds since the epoch."""
    asked = [item.standing.success for item in evidence.values() if not item.probe.independent]
    return max((success.wall for success in asked if success is not None), default=None)


def _identity(snapshot: Snapshot, role: str | None) -> Identity | None:
    version = _text(snapshot.fact("server", "version"))
    if version is None:
        return None
    return Identity(
        name=_text(snapshot.fact("server", "name")) or "redis",
        version=version,
        compatible_version=_text(snapshot.fact("server", "valkey_version")) or version,
        run_id=_text(snapshot.fact("server", "run_id")) or "",
        mode=_text(snapshot.fact("server", "mode")) or "standalone",
        role=role,
    )


def _text(value: object) -> str | None:
    return one_line(value, longest=_WORD) if isinstance(value, str) and value else None

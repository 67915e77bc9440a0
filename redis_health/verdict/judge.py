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
from redis_health.replies import conditions
from redis_health.verdict.bounds import detect_within
from redis_health.verdict.evidence import Evidence, Mark, Weight, findings, gather, way_is_lost
from redis_health.verdict.explain import grace_ends, mark_of_failure
from redis_health.verdict.merge import merged
from redis_health.verdict.own import own_marks, suppressed_flaps

_RANK = {Severity.DOWN: 0, Severity.DEGRADED: 1, Severity.NOTE: 2}
_STATE = {Severity.DOWN: State.DOWN, Severity.DEGRADED: State.DEGRADED}
_FAR = 3600.0


def judge(
    snapshot: Snapshot,
    policy: Policy,
    probes: Mapping[str, Probe],
    *,
    now: float,
    wall: float,
    before: Verdict | None = None,
) -> Verdict:
    """The verdict on a snapshot at the monotonic moment ``now`` (``wall`` since the epoch).

    Pure: the same arguments give the same verdict. ``before`` is the verdict that this one
    follows, of which only ``state`` and ``since`` are read.
    """
    evidence = gather(snapshot, probes, now)
    role = _text(snapshot.fact("replication", "role"))
    required = policy.required(role)
    marks = list(_marks(snapshot, evidence, policy, required, now))
    reasons, notes = _weighed(marks, policy, required)
    state = _STATE[reasons[0].severity] if reasons else State.UP
    lost = way_is_lost(evidence)
    fresh = frozenset(
        item.name for item in evidence.values() if lost is None and _is_fresh(item, now)
    )
    return Verdict(
        state=state,
        reasons=reasons,
        notes=notes,
        checks={item.name: _view(item, reasons) for item in evidence.values()},
        since=before.since if before is not None and before.state is state else wall,
        observed_at=_observed_at(evidence),
        valid_until=_valid_until(evidence, policy, now),
        redis_up=_redis_up(evidence, reasons),
        fresh=fresh,
        identity=_identity(snapshot, role),
        detect_within=detect_within(probes.values(), policy),
    )


def _marks(
    snapshot: Snapshot,
    evidence: Mapping[str, Evidence],
    policy: Policy,
    required: frozenset[Capability],
    now: float,
) -> Iterator[Mark]:
    lost = way_is_lost(evidence)
    for item in evidence.values():
        failure = item.failure
        # With the way to Redis lost, what the other checks miss is the consequence of that.
        if failure is not None and (lost is None or item.name in {"ping", "connect"}):
            yield mark_of_failure(
                item, failure, snapshot=snapshot, evidence=evidence, policy=policy, now=now
            )
        if lost is None:
            yield from findings(item, policy)
    yield from own_marks(snapshot, evidence, required, now=now, way_lost=lost is not None)
    yield from suppressed_flaps(evidence, policy, now)


def _weighed(
    marks: Iterable[Mark], policy: Policy, required: frozenset[Capability]
) -> tuple[tuple[Reason, ...], tuple[Reason, ...]]:
    reasons = [
        Reason(
            mark.condition.code,
            mark.check,
            _severity(mark, policy, required),
            mark.message,
            mark.advice,
            mark.since,
        )
        for mark in merged(marks)
    ]
    reasons.sort(key=lambda reason: _RANK[reason.severity])
    return (
        tuple(reason for reason in reasons if reason.severity is not Severity.NOTE),
        tuple(reason for reason in reasons if reason.severity is Severity.NOTE),
    )


def _severity(mark: Mark, policy: Policy, required: frozenset[Capability]) -> Severity:
    if mark.condition.note or mark.condition.code in policy.accepted:
        return Severity.NOTE
    return Severity.DOWN if mark.lost & required else Severity.DEGRADED


def _view(item: Evidence, reasons: Iterable[Reason]) -> CheckView:
    last = item.standing.success if item.weight is Weight.GOOD else item.standing.last
    reason = next((reason for reason in reasons if reason.check == item.name), None)
    status, code, message = _STATUS[item.weight], None, None
    if item.failure is not None:
        code, message = item.failure.code, item.failure.message
        if item.failure.condition in {conditions.NOPERM, conditions.COMMAND_UNKNOWN}:
            status = CheckStatus.UNAVAILABLE
    elif last is not None and last.unavailable is not None and status is CheckStatus.OK:
        status, message = CheckStatus.UNAVAILABLE, last.unavailable
    elif item.standing.own_fault is not None and status is not CheckStatus.OK:
        message = item.standing.own_fault
    if reason is not None and status is not CheckStatus.UNAVAILABLE:
        code, message = reason.code, reason.message
        if item.weight is Weight.GOOD:
            worse = reason.severity is Severity.DOWN
            status = CheckStatus.ERROR if worse else CheckStatus.DEGRADED
        elif item.failure is not None and reason.severity is Severity.DEGRADED:
            status = CheckStatus.DEGRADED
    latency = last.facts.get("latency") if last is not None else None
    return CheckView(
        name=item.name,
        status=status,
        observed=last.observed if last is not None else None,
        latency=latency if isinstance(latency, float) else None,
        code=code,
        message=message,
    )


_STATUS = {
    Weight.STARTING: CheckStatus.STARTING,
    Weight.UNOBSERVED: CheckStatus.UNOBSERVED,
    Weight.FAILING: CheckStatus.ERROR,
    Weight.GOOD: CheckStatus.OK,
}


def _redis_up(evidence: Mapping[str, Evidence], reasons: Iterable[Reason]) -> bool | None:
    """Whether Redis lets us in; None while nothing, or nothing valid, was observed."""
    lanes = [evidence[name] for name in ("ping", "connect") if name in evidence]
    shut_out = Capability.CONNECT, Capability.AUTHENTICATE
    for item in lanes:
        if item.failure is None or not item.failure.condition.lost & frozenset(shut_out):
            continue
        in_grace = any(
            reason.code == conditions.CRED_ROTATED.code and reason.severity is Severity.DEGRADED
            for reason in reasons
        )
        if not in_grace:
            return False
    if any(item.weight in {Weight.STARTING, Weight.UNOBSERVED} for item in lanes):
        return None
    return bool(lanes) or None


def _valid_until(evidence: Mapping[str, Evidence], policy: Policy, now: float) -> float:
    moments = [now + _FAR]
    for item in evidence.values():
        for result in (item.standing.last, item.standing.success):
            if result is not None and result.expires >= now:
                moments.append(result.expires)
    ends = grace_ends(evidence, policy)
    if ends is not None and ends > now:
        moments.append(ends)
    return min(moments)


def _is_fresh(item: Evidence, now: float) -> bool:
    success = item.standing.success
    return item.weight is Weight.GOOD and success is not None and now <= success.expires


def _observed_at(evidence: Mapping[str, Evidence]) -> float | None:
    seen = [item.standing.success.wall for item in evidence.values() if item.standing.success]
    return max(seen, default=None)


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
    return value if isinstance(value, str) and value else None

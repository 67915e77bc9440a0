"""Failures told better: what else is known names the cause that a bare failure hides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from redis_health.model import Capability, Condition, Failure, Policy, Snapshot, moment
from redis_health.model.line import one_line
from redis_health.replies import conditions
from redis_health.verdict.evidence import Evidence, Mark, Weight, is_way_lost

_NO_WAY_IN = frozenset({conditions.CONN_RESET, conditions.TLS_HANDSHAKE})
_REFUSED = frozenset({conditions.WRONGPASS, conditions.NOAUTH})
#: The part of maxclients from which on a connection that is closed without a word tells of it.
_NEARLY_ALL = 0.95
#: Seconds for which what INFO said before a silence still explains it.
_MEMORY = 60.0
#: Refusals that leave a check unmade and tell nothing of Redis itself.
REFUSALS = frozenset({conditions.NOPERM, conditions.COMMAND_UNKNOWN})
_FIRST_TOLD = ("memory", "persistence", "replication")


def mark_of_failure(
    item: Evidence,
    failure: Failure,
    *,
    snapshot: Snapshot,
    evidence: Mapping[str, Evidence],
    policy: Policy,
    now: float,
    wall: float,
) -> Mark:
    """The mark that a confirmed failure leaves, with the cause named where it is known."""
    condition, message, lost = failure.condition, failure.message, failure.condition.lost
    advice: str | None = None
    if item.name == "connect":
        taken = _nearly_full(snapshot)
        if condition in _NO_WAY_IN and taken is not None:
            condition = conditions.MAXCLIENTS
            message = f"new connections are refused: max number of clients reached ({message})"
        if condition is conditions.MAXCLIENTS:
            message, lost = message + (f"; {taken}" if taken else ""), condition.lost
        if is_rotation(item, evidence):
            return _rotation(item, failure, policy, now)
    if condition is conditions.TIMEOUT:
        if item.name == "write" and _reads_go_on(evidence):
            condition = conditions.PAUSED_WRITE
            message = "reads are answered but writes hang: CLIENT PAUSE WRITE, or a failover"
        elif (syncing := _was_syncing(snapshot, now)) is not None:
            condition = syncing
            message = f"full sync from the primary in progress; {message}"
        elif item.name != "ping" and _reads_go_on(evidence):
            # Whatever it is that hangs, the server as a whole does not.
            message, advice = _partly_silent(item)
        lost = condition.lost
    if condition is conditions.CONN_REFUSED:
        message += _last_seen(snapshot, wall)
    if condition in REFUSALS and not item.probe.observes:
        message = _unchecked(evidence)
    if item.probe.observes and is_way_lost(failure):
        # Nobody gets anything from a server that cannot be reached.
        lost |= frozenset(Capability) if item.name == "ping" else item.probe.observes
    elif not item.probe.observes:
        # A check that is evidence for nothing required can only be missing.
        lost = frozenset()
    return Mark(
        condition,
        condition.check or item.name,
        message,
        advice or (failure.advice if condition is failure.condition else condition.advice),
        lost,
        item.failing_since or snapshot.started_wall,
    )


def _partly_silent(item: Evidence) -> tuple[str, str]:
    """What is silent while PING is answered, and what to look at."""
    if item.name == "connect":
        return (
            "new connections get no answer while the kept one does",
            "see whether the server is out of descriptors (ulimit -n, lsof -p PID) or its accept"
            " queue is full (ss -ltn), and what lies in between",
        )
    return (
        f"PING is answered, but what {item.name} asks is not",
        "run the command by hand with redis-cli (INFO first); see SLOWLOG GET 10",
    )


def _unchecked(evidence: Mapping[str, Evidence]) -> str:
    """What is refused, and the checks that are not made for it, those that matter most first."""
    refused: dict[str, list[str]] = {}
    for item in evidence.values():
        if item.failure is not None and item.failure.condition in REFUSALS:
            refused.setdefault(item.failure.message, []).append(item.name)
    return "; ".join(
        f"{message}: {', '.join(sorted(names, key=_weight))} not checked"
        for message, names in refused.items()
    )


def _weight(name: str) -> tuple[int, str]:
    return _FIRST_TOLD.index(name) if name in _FIRST_TOLD else len(_FIRST_TOLD), name


def _rotation(item: Evidence, failure: Failure, policy: Policy, now: float) -> Mark:
    return Mark(
        conditions.CRED_ROTATED,
        item.name,
        "the existing connection still works but a fresh login is rejected: " + failure.message,
        conditions.CRED_ROTATED.advice,
        frozenset() if now < grace_ends(item, policy) else failure.condition.lost,
        item.failing_since or 0.0,
    )


def is_rotation(item: Evidence, evidence: Mapping[str, Evidence]) -> bool:
    """Whether a fresh login is refused while the kept connection still works."""
    if item.name != "connect" or item.failure is None:
        return False
    ping = evidence.get("ping")
    kept = ping is not None and ping.weight is Weight.GOOD
    return kept and item.failure.condition in _REFUSED


def grace_ends(item: Evidence, policy: Policy) -> float:
    """The monotonic moment at which a refused login stops being only degraded."""
    return (item.standing.failing_since_monotonic or 0.0) + policy.login_grace


def _reads_go_on(evidence: Mapping[str, Evidence]) -> bool:
    ping = evidence.get("ping")
    return ping is not None and ping.weight is Weight.GOOD and ping.standing.streak == 0


def _nearly_full(snapshot: Snapshot) -> str | None:
    """What INFO last said of the connections, where nearly all that are allowed were taken."""
    standing = snapshot.checks.get("clients")
    if standing is None or standing.success is None:
        return None
    for reading in standing.success.readings:
        if reading.threshold.condition.code == "CLIENTS_HIGH" and reading.value >= _NEARLY_ALL:
            return reading.message
    return None


def _was_syncing(snapshot: Snapshot, now: float) -> Condition | None:
    """The full synchronisation that the last INFO told of: while it lasts, Redis may be silent."""
    standing = snapshot.checks.get("replication")
    if standing is None or standing.success is None:
        return None
    if now - standing.success.observed > _MEMORY:
        return None
    found = (finding.condition for finding in standing.success.findings)
    return next((condition for condition in found if condition.code == "SYNCING"), None)


def _last_seen(snapshot: Snapshot, wall: float) -> str:
    standing = snapshot.checks.get("server")
    if standing is None or standing.success is None:
        return ""
    seen = moment(standing.success.wall, now=wall)
    run_id = standing.success.facts.get("run_id")
    known = f"run_id {one_line(run_id[:8])} " if isinstance(run_id, str) else "the server "
    return f"; {known}last seen at {seen}"


def without(snapshot: Snapshot, excluded: frozenset[str]) -> Snapshot:
    """The snapshot as if some checks did not exist."""
    checks = {name: s for name, s in snapshot.checks.items() if name not in excluded}
    return replace(snapshot, checks=checks)

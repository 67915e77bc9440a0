"""Failures told better: what else is known names the cause that a bare failure hides."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace

from redis_health.model import Condition, Failure, Policy, Snapshot
from redis_health.replies import conditions
from redis_health.verdict.evidence import Evidence, Mark, Weight

_NO_WAY_IN = frozenset({conditions.CONN_RESET, conditions.TLS_HANDSHAKE})
_REFUSED = frozenset({conditions.WRONGPASS, conditions.NOAUTH})
#: Seconds for which what INFO said before a silence still explains it.
_MEMORY = 60.0


def mark_of_failure(
    item: Evidence,
    failure: Failure,
    *,
    snapshot: Snapshot,
    evidence: Mapping[str, Evidence],
    policy: Policy,
    now: float,
) -> Mark:
    """The mark that a confirmed failure leaves, with the cause named where it is known."""
    condition, message, lost = failure.condition, failure.message, failure.condition.lost
    if item.name == "connect":
        if condition in _NO_WAY_IN and _full(snapshot):
            condition = conditions.MAXCLIENTS
            message = f"new connections are refused: max number of clients reached ({message})"
        if condition is conditions.MAXCLIENTS:
            message, lost = message + _client_counts(snapshot), condition.lost
        if condition in _REFUSED and _kept_works(evidence):
            return _rotation(item, failure, policy, now)
    if condition is conditions.TIMEOUT:
        if item.name == "write" and _kept_works(evidence):
            condition = conditions.PAUSED_WRITE
            message = "reads are answered but writes hang: CLIENT PAUSE WRITE, or a failover"
        elif (syncing := _was_syncing(snapshot, now)) is not None:
            condition = syncing
            message = f"full sync from the primary in progress; {message}"
        lost = condition.lost
    if condition is conditions.CONN_REFUSED:
        message += _last_seen(snapshot)
    if not item.probe.observes:
        # A check that is evidence for nothing required can only be missing.
        lost = frozenset()
    return Mark(
        condition,
        condition.check or item.name,
        message,
        condition.advice,
        lost,
        item.standing.failing_since or snapshot.started_wall,
    )


def _rotation(item: Evidence, failure: Failure, policy: Policy, now: float) -> Mark:
    since = item.standing.failing_since_monotonic
    over = since is not None and now - since >= policy.login_grace
    return Mark(
        conditions.CRED_ROTATED,
        item.name,
        "the existing connection still works but a fresh login is rejected: " + failure.message,
        conditions.CRED_ROTATED.advice,
        failure.condition.lost if over else frozenset(),
        item.standing.failing_since or 0.0,
    )


def grace_ends(evidence: Mapping[str, Evidence], policy: Policy) -> float | None:
    """The monotonic moment at which a refused login stops being only degraded."""
    item = evidence.get("connect")
    if item is None or item.failure is None or item.failure.condition not in _REFUSED:
        return None
    since = item.standing.failing_since_monotonic
    return None if since is None else since + policy.login_grace


def _kept_works(evidence: Mapping[str, Evidence]) -> bool:
    ping = evidence.get("ping")
    return ping is not None and ping.weight is Weight.GOOD and ping.standing.streak == 0


def _full(snapshot: Snapshot) -> bool:
    connected, limit = snapshot.fact("clients", "connected"), snapshot.fact("clients", "maxclients")
    return (
        isinstance(connected, int | float)
        and isinstance(limit, int | float)
        and connected >= limit - 1
    )


def _client_counts(snapshot: Snapshot) -> str:
    names = ("connected", "maxclients", "rejected")
    connected, limit, rejected = (snapshot.fact("clients", name) for name in names)
    if connected is None or limit is None:
        return ""
    told = f" ({connected:.0f}/{limit:.0f}" if isinstance(connected, int | float) else " ("
    return f"{told}, {rejected:.0f} rejected)" if isinstance(rejected, int | float) else f"{told})"


def _was_syncing(snapshot: Snapshot, now: float) -> Condition | None:
    """The full synchronisation that the last INFO told of: while it lasts, Redis may be silent."""
    standing = snapshot.checks.get("replication")
    if standing is None or standing.success is None:
        return None
    if now - standing.success.observed > _MEMORY:
        return None
    found = (finding.condition for finding in standing.success.findings)
    return next((condition for condition in found if condition.code == "SYNCING"), None)


def _last_seen(snapshot: Snapshot) -> str:
    standing = snapshot.checks.get("server")
    if standing is None or standing.success is None:
        return ""
    seen = time.strftime("%H:%M:%S", time.gmtime(standing.success.wall))
    run_id = standing.success.facts.get("run_id")
    known = f"run_id {run_id[:8]} " if isinstance(run_id, str) else "the server "
    return f"; {known}last seen at {seen} UTC"


def without(snapshot: Snapshot, excluded: frozenset[str]) -> Snapshot:
    """The snapshot as if some checks did not exist."""
    checks = {name: s for name, s in snapshot.checks.items() if name not in excluded}
    return replace(snapshot, checks=checks)

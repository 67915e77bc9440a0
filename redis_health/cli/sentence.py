"""A verdict as one line for people."""

from __future__ import annotations

from redis_health.model import Verdict
from redis_health.monitor import Monitor

_ROLES = {"master": "primary", "slave": "replica"}


def sentence(monitor: Monitor) -> str:
    """``up: redis 7.0.15 at localhost:6379, primary, ping 0.2 ms``, or what is wrong and why."""
    verdict = monitor.verdict
    if not verdict.reasons:
        return f"{verdict.state.value}: {', '.join(_facts(monitor))}"
    told = "; ".join(f"{reason.code} {reason.message}" for reason in verdict.reasons)
    return f"{verdict.state.value}: {told} - {verdict.reasons[0].advice}"


def _facts(monitor: Monitor) -> list[str]:
    verdict = monitor.verdict
    facts = [f"redis at {monitor.target.address}"]
    identity = verdict.identity
    if identity is not None:
        facts = [f"{identity.name} {identity.compatible_version} at {monitor.target.address}"]
        facts.append(_ROLES.get(identity.role or "", identity.role or "role unknown"))
    seconds = latency(verdict)
    if seconds is not None:
        facts.append(f"ping {seconds * 1000:.1f} ms")
    return facts


def latency(verdict: Verdict) -> float | None:
    """Seconds of the last PING, None without one."""
    ping = verdict.checks.get("ping")
    return ping.latency if ping is not None else None

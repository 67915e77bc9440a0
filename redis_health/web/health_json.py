"""``application/health+json``: the verdict as draft-inadarei-api-health-check has it."""

from __future__ import annotations

from redis_health.model import CheckStatus, CheckView, Reason, State, Verdict
from redis_health.web.service import Service
from redis_health.web.wording import rfc3339

#: The media type that a client asks for to get this form.
MEDIA_TYPE = "application/health+json"

_STATES = {State.UP: "pass", State.DEGRADED: "warn", State.DOWN: "fail"}
_CHECKS = {
    CheckStatus.OK: "pass",
    CheckStatus.DEGRADED: "warn",
    CheckStatus.UNAVAILABLE: "warn",
    CheckStatus.ERROR: "fail",
    CheckStatus.UNOBSERVED: "fail",
    CheckStatus.STARTING: "fail",
}


def wanted(accept: str) -> bool:
    """Whether an Accept header names this form, and plain JSON not before it."""
    if MEDIA_TYPE not in accept.lower():
        return False
    weights = dict(_weighted(part) for part in accept.lower().split(","))
    weight = weights.get(MEDIA_TYPE, 0.0)
    return weight > 0 and weight >= weights.get("application/json", 0.0)


def _weighted(part: str) -> tuple[str, float]:
    """One entry of an Accept header: its media type and its ``q`` (RFC 9110, 12.4.2)."""
    media_type, *parameters = (piece.strip() for piece in part.split(";"))
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                return media_type, float(value)
            except ValueError:
                return media_type, 0.0
    return media_type, 1.0


def health_json(service: Service, verdict: Verdict) -> dict[str, object]:
    """The body: ``version`` is the server's, as in ``/health``, ``releaseId`` redis-health's."""
    clock = service.monitor.clock
    # What a monotonic moment is on the wall clock.
    offset = clock.wall() - clock.now()
    body: dict[str, object] = {"status": _STATES[verdict.state]}
    if verdict.identity:
        body["version"] = verdict.identity.version
    body["releaseId"] = service.version
    body["serviceId"] = service.monitor.target.url
    body["description"] = f"Redis at {service.monitor.target.address}, seen from {service.hostname}"
    body["notes"] = [_told(note) for note in verdict.notes]
    if verdict.reasons:
        body["output"] = "; ".join(_told(reason) for reason in verdict.reasons)
    body["checks"] = {
        f"redis:{name}": [_check(view, offset)] for name, view in verdict.checks.items()
    }
    return body


def _told(reason: Reason) -> str:
    return f"{reason.code}: {reason.message}"


def _check(view: CheckView, offset: float) -> dict[str, object]:
    shown: dict[str, object] = {"componentType": "datastore"}
    if view.latency is not None:
        shown["observedValue"] = round(view.latency, 6)
        shown["observedUnit"] = "s"
    shown["status"] = _CHECKS[view.status]
    if view.observed is not None:
        shown["time"] = rfc3339(view.observed + offset)
    if view.status is not CheckStatus.OK and view.message is not None:
        shown["output"] = f"{view.code}: {view.message}" if view.code else view.message
    return shown

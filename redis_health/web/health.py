"""``/health`` and ``/healthz``: the verdict as JSON, in full and in one word."""

from __future__ import annotations

import json
from collections.abc import Iterable

from aiohttp import hdrs, web

from redis_health.model import CheckStatus, CheckView, Reason, State, Verdict
from redis_health.web.health_json import MEDIA_TYPE, health_json, wanted
from redis_health.web.service import SERVICE, Service
from redis_health.web.wording import age_seconds, rfc3339

_encode = json.JSONEncoder(separators=(",", ":")).encode

_WORDS = {state: _encode({"status": state.status}).encode() for state in State}
_JSON = {hdrs.CONTENT_TYPE: "application/json"}
_HEALTH = {**_JSON, hdrs.VARY: hdrs.ACCEPT}
_HEALTH_JSON = {hdrs.CONTENT_TYPE: MEDIA_TYPE, hdrs.VARY: hdrs.ACCEPT}


def status_code(state: State) -> int:
    """200 for up and degraded, 503 for down."""
    return 503 if state is State.DOWN else 200


async def healthz(request: web.Request) -> web.Response:
    """The state in one word, from bytes that are made once."""
    state = request.app[SERVICE].monitor.verdict.state
    return web.Response(body=_WORDS[state], status=status_code(state), headers=_JSON)


async def health(request: web.Request) -> web.Response:
    """The verdict in full; the IETF draft's form where the client asks for it."""
    service = request.app[SERVICE]
    verdict = service.monitor.verdict
    draft = wanted(",".join(request.headers.getall(hdrs.ACCEPT, ())))
    return web.Response(
        body=_encode((health_json if draft else document)(service, verdict)).encode(),
        status=status_code(verdict.state),
        headers=_HEALTH_JSON if draft else _HEALTH,
    )


def document(service: Service, verdict: Verdict) -> dict[str, object]:
    """The body of ``/health``: the seed's four keys first, then everything else that is known."""
    monitor = service.monitor
    now = monitor.clock.now()
    status = verdict.state.status
    identity = verdict.identity
    return {
        "status": status,
        "version": identity.version if identity else None,
        "hostname": service.hostname,
        "services": {"redis": status},
        "state": verdict.state,
        "reasons": _reasons(verdict.reasons),
        "checks": {name: _check(view, now) for name, view in verdict.checks.items()},
        "role": identity.role if identity else None,
        "observed_at": None if verdict.observed_at is None else rfc3339(verdict.observed_at),
        "detect_within_seconds": verdict.detect_within,
        "server": identity
        and {
            "name": identity.name,
            "version": identity.compatible_version,
            "mode": identity.mode,
            "run_id": identity.run_id,
        },
        "notes": _reasons(verdict.notes),
        "target": monitor.target.url,
        "since": rfc3339(verdict.since),
    }


def _reasons(reasons: Iterable[Reason]) -> list[dict[str, str]]:
    return [
        {
            "code": reason.code,
            "check": reason.check,
            "severity": reason.severity,
            "message": reason.message,
            "advice": reason.advice,
            "since": rfc3339(reason.since),
        }
        for reason in reasons
    ]


def _check(view: CheckView, now: float) -> dict[str, object]:
    shown: dict[str, object] = {"status": view.status, "age_seconds": age_seconds(view, now)}
    if view.latency is not None:
        shown["latency_seconds"] = round(view.latency, 6)
    if view.status is not CheckStatus.OK:
        if view.code is not None:
            shown["code"] = view.code
        if view.message is not None:
            shown["message"] = view.message
    return shown

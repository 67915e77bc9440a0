"""The description of the service: OpenAPI 3.1."""

from __future__ import annotations

from collections.abc import Mapping

from redis_health.exposition import Format
from redis_health.web import openapi_schemas as schemas
from redis_health.web.health_json import MEDIA_TYPE
from redis_health.web.openapi_schemas import Json
from redis_health.web.service import Service

_JSON = "application/json"
_BASIC = "basic"
#: The paths that orchestrators ask without a password.
_OPEN = ("/healthz", "/readyz", "/startupz", "/livez")


def description(service: Service, *, guarded: bool) -> dict[str, Json]:
    """The description: every path with its parameters, its statuses and what it answers."""
    monitor = service.monitor
    components: dict[str, Json] = {"schemas": schemas.schemas(monitor.probes)}
    if guarded:
        components["securitySchemes"] = {_BASIC: {"type": "http", "scheme": "basic"}}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "redis-health",
            "version": service.version,
            "summary": "The truth about a Redis or Valkey server.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "paths": {
            path: _operations(path, operation, guarded=guarded)
            for path, operation in _paths(list(monitor.snapshot.checks)).items()
        },
        "components": components,
    }


def _operations(path: str, operation: Json, *, guarded: bool) -> Json:
    """GET, and HEAD with the same headers and no body."""
    responses: dict[str, Json] = dict(operation["responses"])
    if guarded and path.startswith(_OPEN):
        operation["security"] = [{}, {_BASIC: []}]
    elif guarded:
        operation["security"] = [{_BASIC: []}]
        responses["401"] = _plain("The name or the password is wrong or missing.")
        responses.setdefault("429", _plain("As many logins are computed as may be at a time."))
    without_body = {
        status: {key: value for key, value in response.items() if key != "content"}
        for status, response in responses.items()
    }
    name = path.strip("/").replace("/{name}", "-check") or "page"
    return {
        "get": {"operationId": name, **operation, "responses": responses},
        "head": {"operationId": f"{name}-head", **operation, "responses": without_body},
    }


def _paths(checks: list[str]) -> dict[str, dict[str, Json]]:
    exposition = {form.content_type: {"schema": schemas.TEXT} for form in Format}
    health = {
        _JSON: {"schema": schemas.reference("Health")},
        MEDIA_TYPE: {"schema": schemas.reference("HealthJson")},
    }
    word = {_JSON: {"schema": schemas.reference("Word")}}
    verbose = _parameter("verbose", "query", {"type": "string"}, "List every check.", empty=True)
    listed: Json = {"type": "array", "items": {"enum": checks}}
    exclude = _parameter("exclude", "query", listed, "Leave these checks out.")
    check = _parameter("name", "path", {"enum": checks}, "One check.", required=True)
    target = _parameter("target", "query", {"type": "string"}, "Which Redis.", required=True)
    unknown = {"400": _plain("A check that is not there.")}
    nothing = {"404": _plain("A check that is not there.")}
    ready = _plains(
        ("200", "Up or degraded: it may get traffic."), ("503", "Down, or shutting down.")
    )
    started = _plains(
        ("200", "Every check has finished a round."), ("503", "One has not finished a round.")
    )
    page = {"text/html; charset=utf-8": {"schema": schemas.TEXT}}
    return {
        "/": _operation("The status page.", _answers(page, ("200", "The page."))),
        "/health": _operation("The verdict in full.", _answers(health, *_UP_AND_DOWN)),
        "/healthz": _operation("The verdict in one word.", _answers(word, *_UP_AND_DOWN)),
        "/readyz": _operation("Readiness.", {**ready, **unknown}, verbose, exclude),
        "/readyz/{name}": _operation("One check.", {**ready, **nothing}, check, verbose),
        "/startupz": _operation("Start-up.", {**started, **unknown}, verbose, exclude),
        "/startupz/{name}": _operation("One check.", {**started, **nothing}, check, verbose),
        "/livez": _operation(
            "Whether this service makes progress; no matter how Redis is.",
            _plains(("200", "It does."), ("503", "It needs a restart.")),
            verbose,
        ),
        "/metrics": _operation("The metrics.", _answers(exposition, ("200", "All of them."))),
        "/scrape": _operation(
            "The metrics of a Redis that the operator lists.",
            {
                **_answers(exposition, ("200", "Its metrics, also when it is down.")),
                **_plains(
                    ("400", "The target is missing or malformed."),
                    ("403", "The target is not listed."),
                    ("429", "As many targets are watched as may be."),
                ),
            },
            target,
        ),
        "/openapi.json": _operation(
            "This description.",
            _answers({_JSON: {"schema": {"type": "object"}}}, ("200", "OpenAPI 3.1.")),
        ),
    }


_UP_AND_DOWN = (("200", "Up or degraded."), ("503", "Down."))


def _operation(summary: str, responses: Mapping[str, Json], *parameters: Json) -> dict[str, Json]:
    return {"summary": summary, "parameters": list(parameters), "responses": responses}


def _parameter(
    name: str, place: str, schema: Json, told: str, *, required: bool = False, empty: bool = False
) -> Json:
    return {
        "name": name,
        "in": place,
        "schema": schema,
        "description": told,
        **({"required": True} if required else {}),
        **({"allowEmptyValue": True} if empty else {}),
    }


def _answers(content: Json, *statuses: tuple[str, str]) -> dict[str, Json]:
    return {status: {"description": told, "content": content} for status, told in statuses}


def _plains(*statuses: tuple[str, str]) -> dict[str, Json]:
    return _answers({"text/plain; charset=utf-8": {"schema": schemas.TEXT}}, *statuses)


def _plain(told: str) -> Json:
    return _plains(("", told))[""]

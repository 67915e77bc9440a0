"""JSON Schemas (2020-12) of what the endpoints answer, from the declarations."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from redis_health.model import CheckStatus, Probe, Severity, State
from redis_health.replies import conditions
from redis_health.verdict import CONDITIONS

#: Whatever JSON can say.
Json = Any

TEXT: Json = {"type": "string"}
_MAYBE: Json = {"type": ["string", "null"]}
_SECONDS: Json = {"type": "number", "minimum": 0}
_MOMENT: Json = {"type": "string", "format": "date-time"}
_STATUS: Json = {"enum": [state.status for state in State]}


def reference(name: str) -> Json:
    """The schema of this name."""
    return {"$ref": f"#/components/schemas/{name}"}


def schemas(probes: Iterable[Probe]) -> dict[str, Json]:
    """All schemas of a service that runs these probes, by name."""
    probes = list(probes)
    reasons = {"type": "array", "items": reference("Reason")}
    return {
        "Word": _record({"status": _STATUS}),
        "Code": {"enum": _codes(probes)},
        "Check": _record(
            {"status": {"enum": list(CheckStatus)}, "age_seconds": _or_null(_SECONDS)},
            {"latency_seconds": _SECONDS, "code": reference("Code"), "message": TEXT},
        ),
        "Reason": _record(
            {
                "code": reference("Code"),
                "check": TEXT,
                "severity": {"enum": list(Severity)},
                "message": TEXT,
                "advice": TEXT,
                "since": _MOMENT,
            }
        ),
        "Server": _record({"name": TEXT, "version": TEXT, "mode": TEXT, "run_id": TEXT}),
        "Health": _record(
            {
                "status": _STATUS,
                "version": _MAYBE,
                "hostname": TEXT,
                "services": _record({"redis": _STATUS}),
                "state": {"enum": list(State)},
                "reasons": reasons,
                "checks": _by_check(probes, reference("Check")),
                "role": _MAYBE,
                "observed_at": _or_null(_MOMENT),
                "detect_within_seconds": _SECONDS,
                "server": {"oneOf": [reference("Server"), {"type": "null"}]},
                "notes": reasons,
                "target": TEXT,
                "since": _MOMENT,
            }
        ),
        "HealthJson": _health_json(),
    }


def _health_json() -> Json:
    status = {"enum": ["pass", "warn", "fail"]}
    check = _record(
        {"componentType": TEXT, "status": status},
        {"observedValue": _SECONDS, "observedUnit": TEXT, "time": _MOMENT, "output": TEXT},
    )
    return _record(
        {
            "status": status,
            "releaseId": TEXT,
            "serviceId": TEXT,
            "description": TEXT,
            "notes": {"type": "array", "items": TEXT},
            "checks": {
                "type": "object",
                "additionalProperties": {"type": "array", "items": check},
            },
        },
        {"version": TEXT, "output": TEXT},
    )


def _codes(probes: Iterable[Probe]) -> list[str]:
    found = [*CONDITIONS, *conditions.ALL]
    for probe in probes:
        found += [*probe.conditions, *(threshold.condition for threshold in probe.thresholds)]
    return sorted({condition.code for condition in found})


def _by_check(probes: Iterable[Probe], schema: Json) -> Json:
    names = {"enum": [probe.name for probe in probes]}
    return {"type": "object", "propertyNames": names, "additionalProperties": schema}


def _record(required: dict[str, Json], optional: dict[str, Json] | None = None) -> Json:
    properties = {**required, **(optional or {})}
    return {"type": "object", "required": list(required), "properties": properties}


def _or_null(schema: Json) -> Json:
    return {**schema, "type": [schema["type"], "null"]}

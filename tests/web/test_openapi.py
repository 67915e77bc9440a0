"""The description says what is answered, and what is answered is in the description."""

from __future__ import annotations

from typing import Any

import jsonschema_rs
import pytest
import schemathesis

from redis_health.model import CheckStatus, Severity, State, Verdict
from redis_health.web import Service, create_app
from redis_health.web.openapi_document import description
from tests.web.conftest import Connect
from tests.web.stub import (
    DEGRADED,
    DOWN,
    STARTING,
    UP,
    StubMonitor,
    reason,
    service,
    verdict,
    view,
)

NOTED = verdict(
    notes=[reason("RESTARTED", "server", Severity.NOTE)],
    checks=[view("ping", CheckStatus.UNAVAILABLE, message="refused")],
)


def watched(judged: Verdict) -> Service:
    rounds = {"ping": 1, "connect": 1, "memory": 1, "server": 1}
    return service(monitor=StubMonitor(judged, rounds=rounds))


def described(judged: Verdict = UP, *, guarded: bool = False) -> dict[str, Any]:
    return description(watched(judged), guarded=guarded)


async def served(connect: Connect) -> dict[str, Any]:
    client = await connect(watched(UP))
    answer = await client.get("/openapi.json")
    assert answer.status == 200
    assert answer.content_type == "application/json"
    document: dict[str, Any] = await answer.json()
    return document


async def test_it_is_served(connect: Connect) -> None:
    assert await served(connect) == described()


@pytest.mark.parametrize("guarded", [False, True])
def test_it_is_valid(guarded: bool) -> None:
    document = described(guarded=guarded)
    schema = schemathesis.openapi.from_dict(document)
    schema.validate()
    assert len(list(schema.get_all_operations())) == 2 * len(document["paths"])


def test_every_route_is_described_and_nothing_else() -> None:
    routes = {
        (route.method.lower(), route.resource.canonical)
        for route in create_app(service()).router.routes()
        if route.resource is not None
    }
    paths = described()["paths"]
    assert {(method, path) for path, item in paths.items() for method in item} == routes


@pytest.mark.parametrize("judged", [UP, DEGRADED, DOWN, STARTING, NOTED])
@pytest.mark.parametrize("path", ["/health", "/healthz"])
@pytest.mark.parametrize("accept", ["application/json", "application/health+json"])
async def test_answers_are_as_described(
    connect: Connect, judged: Verdict, path: str, accept: str
) -> None:
    client = await connect(watched(judged))
    answer = await client.get(path, headers={"Accept": accept})
    document = described(judged)
    content = document["paths"][path]["get"]["responses"][str(answer.status)]["content"]
    schema = content[answer.content_type]["schema"]
    body = await answer.json(content_type=None)
    checker = jsonschema_rs.validator_for(
        {**schema, "components": document["components"]}, validate_formats=True
    )
    checker.validate(body)
    # An object without a key of its own is no answer: what is required is checked at all.
    for key in body.keys() - {"version", "output"}:
        assert not checker.is_valid({k: v for k, v in body.items() if k != key})


async def test_no_key_is_left_out(connect: Connect) -> None:
    client = await connect(service(DEGRADED))
    body = await (await client.get("/health")).json()
    schemas = described()["components"]["schemas"]
    assert body.keys() == schemas["Health"]["properties"].keys()
    assert body["reasons"][0].keys() == schemas["Reason"]["properties"].keys()
    assert body["server"].keys() == schemas["Server"]["properties"].keys()
    assert body["checks"]["memory"].keys() <= schemas["Check"]["properties"].keys()


def test_words_and_codes_are_those_of_the_declarations() -> None:
    schemas = described()["components"]["schemas"]
    assert schemas["Health"]["properties"]["state"]["enum"] == [state.value for state in State]
    codes = schemas["Code"]["enum"]
    assert {"STARTING", "UNOBSERVED", "CONN_REFUSED", "OOM", "SLOW"} <= set(codes)
    # Of a probe that does not run.
    assert "NOQUORUM" not in codes


def test_what_a_guard_asks_for() -> None:
    assert "securitySchemes" not in described()["components"]
    paths = described(guarded=True)["paths"]
    for path in ("/", "/health", "/metrics", "/scrape", "/openapi.json"):
        assert paths[path]["get"]["security"] == [{"basic": []}]
        assert "401" in paths[path]["get"]["responses"]
    for path in ("/healthz", "/readyz", "/readyz/{name}", "/startupz", "/livez"):
        assert paths[path]["get"]["security"] == [{}, {"basic": []}]
        assert "401" not in paths[path]["get"]["responses"]

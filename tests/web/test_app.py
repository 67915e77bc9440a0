"""What holds for every response."""

from __future__ import annotations

import pytest
from aiohttp import web
from structlog.testing import capture_logs

from redis_health.model import Verdict
from tests.web.conftest import Connect
from tests.web.stub import DOWN, UP, StubMonitor, service

PATHS = (
    "/",
    "/health",
    "/healthz",
    "/readyz",
    "/readyz/ping",
    "/startupz",
    "/startupz/ping",
    "/livez",
    "/metrics",
    "/scrape",
    "/openapi.json",
)


@pytest.mark.parametrize("path", [*PATHS, "/nothing", "/readyz/nothing", "/readyz?exclude=nothing"])
async def test_headers_of_every_response(connect: Connect, path: str) -> None:
    client = await connect(service())
    answer = await client.get(path)
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Server"] == "redis-health"


@pytest.mark.parametrize("judged", [UP, DOWN])
@pytest.mark.parametrize("path", PATHS)
async def test_head_is_get_without_the_body(connect: Connect, path: str, judged: Verdict) -> None:
    client = await connect(service(judged))
    identity = {"Accept-Encoding": "identity"}
    got = await client.get(path, headers=identity)
    body = await got.read()
    head = await client.head(path, headers=identity)
    assert head.status == got.status
    assert await head.read() == b""
    assert head.headers["Content-Type"] == got.headers["Content-Type"]
    assert head.headers["Content-Length"] == str(len(body))


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
async def test_get_and_head_alone(connect: Connect, path: str, method: str) -> None:
    client = await connect(service())
    answer = await client.request(method, path, data=b"x")
    assert answer.status == 405
    assert answer.headers["Allow"] == "GET,HEAD"
    assert await answer.text() == "405: Method Not Allowed\n"


@pytest.mark.parametrize(
    "path", ["/nothing", "/health/", "/Health", "/readyz/", "/readyz/a/b", "/metrics/../etc/passwd"]
)
async def test_an_unknown_path_is_one_plain_line(connect: Connect, path: str) -> None:
    client = await connect(service())
    answer = await client.get(path, headers={"Accept": "text/html"})
    assert answer.status == 404
    assert answer.content_type == "text/plain"
    assert await answer.text() == "404: Not Found\n"


async def test_a_fault_of_ours_is_logged_and_answered_without_a_stack(connect: Connect) -> None:
    monitor = StubMonitor(DOWN)
    client = await connect(service(monitor=monitor))
    with capture_logs() as logs:
        # The stub knows of no judgement without this check.
        answer = await client.get("/readyz?exclude=ping", headers={"Accept": "text/html"})
    assert answer.status == 500
    assert answer.content_type == "text/plain"
    assert await answer.text() == "500: Internal Server Error\n"
    assert answer.headers["Cache-Control"] == "no-store"
    assert [(log["event"], log["path"], log["exc_info"]) for log in logs] == [
        ("request failed", "/readyz", True)
    ]


async def test_a_fault_of_ours_does_not_end_the_service(connect: Connect) -> None:
    client = await connect(service(DOWN))
    assert (await client.get("/readyz?exclude=ping")).status == 500
    assert (await client.get("/readyz")).status == 503


async def test_every_route_is_known_to_these_tests(connect: Connect) -> None:
    client = await connect(service())
    assert client.app is not None
    routes = {
        resource.canonical.replace("{name}", "ping")
        for resource in client.app.router.resources()
        if isinstance(resource, web.Resource)
    }
    assert routes == set(PATHS)

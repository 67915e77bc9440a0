"""``/metrics``: which form a client gets."""

from __future__ import annotations

import gzip

import pytest

from redis_health.model import Verdict
from tests.web.conftest import Connect
from tests.web.stub import DEGRADED, DOWN, STARTING, UP, service

PROMETHEUS = (
    "application/openmetrics-text;version=1.0.0;q=0.5,application/openmetrics-text;version=0.0.1;"
    "q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2"
)


@pytest.mark.parametrize("judged", [UP, DEGRADED, DOWN, STARTING])
async def test_metrics_are_there_whatever_redis_does(connect: Connect, judged: Verdict) -> None:
    client = await connect(service(judged))
    answer = await client.get("/metrics")
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    lines = (await answer.text()).splitlines()
    assert [line for line in lines if not line.startswith("#")] == [
        "redis_up 1",
        "redis_commands_processed_total 7",
    ]


async def test_prometheus_gets_openmetrics(connect: Connect) -> None:
    client = await connect(service())
    answer = await client.get("/metrics", headers={"Accept": PROMETHEUS})
    assert answer.headers["Content-Type"] == (
        "application/openmetrics-text; version=1.0.0; charset=utf-8"
    )
    lines = (await answer.text()).splitlines()
    assert "# TYPE redis_commands_processed counter" in lines
    assert lines[-1] == "# EOF"


@pytest.mark.parametrize(
    ("accepted", "gzipped"),
    [("gzip", True), ("gzip;q=0", False), ("identity", False), ("br, gzip", True)],
)
async def test_gzip_when_accepted(connect: Connect, accepted: str, gzipped: bool) -> None:
    client = await connect(service())
    expected = await (await client.get("/metrics", headers={"Accept-Encoding": ""})).read()
    answer = await client.session.get(
        client.make_url("/metrics"), headers={"Accept-Encoding": accepted}, auto_decompress=False
    )
    body = await answer.read()
    assert answer.headers.get("Content-Encoding") == ("gzip" if gzipped else None)
    assert (gzip.decompress(body) if gzipped else body) == expected
    assert answer.headers["Vary"] == "Accept, Accept-Encoding"


async def test_a_header_in_several_lines_is_one_header(connect: Connect) -> None:
    client = await connect(service())
    headers = [("Accept", "text/html"), ("Accept", "application/openmetrics-text")]
    answer = await client.get("/metrics", headers=headers)
    assert answer.content_type == "application/openmetrics-text"

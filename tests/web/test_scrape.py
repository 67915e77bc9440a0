"""``/scrape``: what refusals look like, how long an answer may take, and in which form it comes."""

from __future__ import annotations

import asyncio
import gzip
import socket
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace

import pytest
from aiohttp import ClientSession
from prometheus_client import CollectorRegistry

from redis_health.config import Listen, ScrapeSettings
from redis_health.config.patterns import pattern
from redis_health.errors import BadTarget, ScrapeRefused, ScrapesExhausted, TargetNotAllowed
from redis_health.exposition import Exposition
from redis_health.monitor import ScrapePool
from redis_health.probes import catalogue
from redis_health.web import Service, bind, create_app, serving
from redis_health.web.scrape import budget
from tests.servers import RedisServer
from tests.web.conftest import Connect
from tests.web.stub import StubMonitor, service
from tests.web.test_metrics import PROMETHEUS


@dataclass
class Scrapes:
    """Answers with a page that the test knows, or refuses."""

    refusal: ScrapeRefused | None = None
    seconds: float = 0.0
    asked: list[tuple[list[str], float]] = field(default_factory=list)

    async def scrape(self, values: Sequence[str], *, within: float) -> Exposition:
        self.asked.append((list(values), within))
        await asyncio.sleep(self.seconds)
        if self.refusal is not None:
            raise self.refusal
        return StubMonitor().exposition


def scraping(scrapes: Scrapes | ScrapePool) -> Service:
    return replace(service(), scrapes=scrapes)


@pytest.mark.parametrize(
    ("refusal", "status"),
    [
        (BadTarget("target: expected sense"), 400),
        (TargetNotAllowed("the target is not allowed"), 403),
        (ScrapesExhausted("too many"), 429),
    ],
)
async def test_a_refusal_is_one_plain_line(
    connect: Connect, refusal: ScrapeRefused, status: int
) -> None:
    client = await connect(scraping(Scrapes(refusal)))
    answer = await client.get("/scrape?target=redis")
    assert answer.status == status
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert await answer.text() == f"{status}: {refusal}\n"


async def test_nothing_is_allowed_where_nothing_is_watched(connect: Connect) -> None:
    client = await connect(service())
    answer = await client.get("/scrape?target=redis")
    assert answer.status == 403
    assert await answer.text() == "403: no target is allowed here\n"


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("", 400),
        ("?target=", 400),
        ("?target=a&target=b", 400),
        ("?target=%3Cscript%3E", 400),
        ("?target=redis%0Aevil", 400),
        ("?target=redis%0D%0AX-Evil:%201", 400),
        ("?target=%ff", 400),
        ("?target=redis://user:s3cr3t@redis", 400),
        ("?target=redis&other=1", 403),
    ],
)
async def test_nothing_of_the_question_is_in_the_answer(
    connect: Connect, query: str, status: int
) -> None:
    pool = ScrapePool(ScrapeSettings(), probes=catalogue(), registry=CollectorRegistry())
    async with pool:
        client = await connect(scraping(pool))
        answer = await client.get(f"/scrape{query}")
        text = await answer.text()
    assert answer.status == status
    assert text.startswith(f"{status}: ")
    assert text.count("\n") == 1
    assert "X-Evil" not in answer.headers
    assert not any(word in text for word in ("<script>", "evil", "s3cr3t", "user"))


async def test_the_metrics_of_the_target_come_in_the_form_that_is_asked_for(
    connect: Connect, server: RedisServer
) -> None:
    settings = ScrapeSettings(allow=(pattern("127.0.0.0/8"),))
    pool = ScrapePool(settings, probes=catalogue(), registry=CollectorRegistry())
    async with pool:
        client = await connect(scraping(pool))
        path = client.make_url(f"/scrape?target={server.url}")
        plain = await client.session.get(path, headers={"Accept-Encoding": "identity"})
        assert plain.status == 200
        assert plain.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
        assert "redis_up 1\n" in await plain.text()
        headers = {"Accept": PROMETHEUS, "Accept-Encoding": "gzip"}
        packed = await client.session.get(path, headers=headers, auto_decompress=False)
        assert packed.headers["Content-Type"].startswith("application/openmetrics-text;")
        assert packed.headers["Vary"] == "Accept, Accept-Encoding"
        lines = gzip.decompress(await packed.read()).decode().splitlines()
        assert "redis_up 1" in lines
        assert lines[-1] == "# EOF"
        head = await client.session.head(path)
        assert (head.status, await head.read()) == (200, b"")


async def test_a_redis_that_is_down_is_no_failed_scrape(connect: Connect) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        settings = ScrapeSettings(allow=(pattern("127.0.0.0/8"),))
        pool = ScrapePool(settings, probes=catalogue(), registry=CollectorRegistry())
        async with pool:
            client = await connect(scraping(pool))
            answer = await client.get(f"/scrape?target=127.0.0.1:{port}")
            assert answer.status == 200
            assert "redis_up 0\n" in await answer.text()


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, 9.5),
        ("", 9.5),
        ("10", 9.5),
        ("5", 4.5),
        ("1", 0.9),
        ("0.5", 0.45),
        ("15.000", 14.5),
        ("60", 30.0),
        ("1e9", 30.0),
        ("0", 9.5),
        ("-1", 9.5),
        ("nan", 9.5),
        ("inf", 9.5),
        ("ten", 9.5),
    ],
)
def test_the_answer_comes_before_the_client_gives_up(header: str | None, seconds: float) -> None:
    assert budget(header) == pytest.approx(seconds)


async def test_the_header_of_prometheus_is_heard(connect: Connect) -> None:
    scrapes = Scrapes()
    client = await connect(scraping(scrapes))
    headers = {"X-Prometheus-Scrape-Timeout-Seconds": "5"}
    await client.get("/scrape?target=redis:7000", headers=headers)
    assert scrapes.asked == [(["redis:7000"], 4.5)]


async def test_an_answer_may_take_longer_than_a_request(unused_tcp_port: int) -> None:
    """The deadline for a request head must not cut off the client who waits for a first scrape."""
    patience = 0.2
    sockets = bind([Listen("127.0.0.1", unused_tcp_port)])
    app = create_app(scraping(Scrapes(seconds=3 * patience)))
    url = f"http://127.0.0.1:{unused_tcp_port}/scrape?target=redis"
    async with (
        serving(app, sockets, patience=patience),
        ClientSession() as session,
        session.get(url) as answer,
    ):
        assert answer.status == 200
        assert b"redis_up 1" in await answer.read()


async def test_a_client_that_gives_up_harms_nobody(connect: Connect, server: RedisServer) -> None:
    settings = ScrapeSettings(allow=(pattern("127.0.0.0/8"),))
    pool = ScrapePool(settings, probes=catalogue(), registry=CollectorRegistry())
    async with pool:
        client = await connect(scraping(pool))
        path = f"/scrape?target={server.url}"
        with server.frozen(), suppress(TimeoutError):
            async with asyncio.timeout(0.2):
                await client.get(path)
        answer = await client.get(path)
        assert answer.status == 200
        assert "redis_up" in await answer.text()

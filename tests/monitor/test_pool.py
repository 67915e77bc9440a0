"""Warm targets: watched from the first scrape on, answered from memory, and let go."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.parser import text_string_to_metric_families
from structlog.testing import capture_logs

from redis_health.errors import BadTarget, ScrapesExhausted, TargetNotAllowed
from redis_health.exposition import Exposition, Format
from redis_health.model import TLSSettings
from redis_health.monitor import ScrapePool
from redis_health.monitor import gate as gate_module
from redis_health.monitor.monitor import Monitor
from tests.certificates import Certificates
from tests.conftest import Servers
from tests.monitor.scraping import Names, allowing, login, pool_of
from tests.monitor.watching import until
from tests.ports import free_port
from tests.recorder import Recorder
from tests.servers import RedisServer

#: Seconds: within them whatever answers has answered, and a frozen Redis is known to be one.
ENOUGH = 15.0
#: Less than any probe waits for an answer.
SHORT = 0.3


def values(exposition: Exposition) -> dict[str, float]:
    """The samples by name, and by name and labels where they have some."""
    body = exposition.body(Format.TEXT, gzipped=False).decode()
    found = {}
    for family in text_string_to_metric_families(body):
        for sample in family.samples:
            labels = ",".join(f"{name}={value}" for name, value in sample.labels.items())
            found[f"{sample.name}{{{labels}}}" if labels else sample.name] = sample.value
    return found


async def scraped(pool: ScrapePool, target: str, *, within: float = ENOUGH) -> dict[str, float]:
    return values(await pool.scrape([target], within=within))


async def test_the_first_scrape_waits_until_every_probe_has_looked(any_server: RedisServer) -> None:
    async with pool_of(allowing("127.0.0.0/8")) as pool:
        found = await scraped(pool, any_server.url)
    assert found["redis_up"] == 1
    assert found["service_health"] == 1
    assert found["redis_connected_clients"] >= 1
    assert found["redis_health_collector_success{collector=ping}"] == 1
    assert found["redis_health_collector_success{collector=slowlog}"] == 1
    assert found["redis_exporter_last_scrape_error{err=}"] == 0
    assert found["redis_exporter_scrapes_total"] == 1
    assert found["redis_exporter_scrape_duration_seconds_count"] == 1
    assert 0 < found["redis_exporter_last_scrape_duration_seconds"] < 2
    assert 0 < found["redis_exporter_last_scrape_connect_time_seconds"] < 1
    # This process is told of by its own /metrics.
    assert not [name for name in found if name.startswith(("process_", "redis_health_build"))]


async def test_later_scrapes_are_answered_from_memory(server: RedisServer) -> None:
    async with pool_of(allowing("127.0.0.0/8")) as pool:
        await scraped(pool, server.url)
        with server.frozen():
            begun = time.monotonic()
            found = await scraped(pool, server.url)
            took = time.monotonic() - begun
    assert took < 0.5
    assert found["redis_up"] == 1


async def test_first_scrapes_of_one_target_are_one(server: RedisServer) -> None:
    async with pool_of(allowing("*", "127.0.0.0/8")) as pool:
        spellings = [f"127.0.0.1:{server.port}", server.url, f"redis://0x7f.1:{server.port}"]
        answers = await asyncio.gather(
            *(pool.scrape([text], within=ENOUGH) for text in spellings * 4)
        )
        assert len({id(answer) for answer in answers}) == 1
        assert len(pool.targets) == 1


async def test_a_frozen_redis_is_not_up(server: RedisServer) -> None:
    async with pool_of(allowing("127.0.0.0/8")) as pool:
        with server.frozen():
            found = await scraped(pool, server.url)
    assert found["redis_up"] == 0
    assert found["service_health"] == 0
    assert found["redis_exporter_last_scrape_error{err=TIMEOUT}"] == 1
    assert found["redis_health_collector_success{collector=ping}"] == 0


async def test_a_redis_that_is_silent_until_the_deadline_is_not_up(server: RedisServer) -> None:
    async with pool_of(allowing("127.0.0.0/8")) as pool:
        with server.frozen():
            begun = time.monotonic()
            found = await scraped(pool, server.url, within=SHORT)
            took = time.monotonic() - begun
            again = time.monotonic()
            await scraped(pool, server.url)
            at_once = time.monotonic() - again
        assert SHORT <= took < SHORT + 0.5
        assert at_once < 0.5
        assert found["redis_up"] == 0
        # What was presumed is withdrawn by the first answer.
        exposition = await pool.scrape([server.url], within=ENOUGH)
        await until(lambda: values(exposition)["redis_up"] == 1)


async def test_whoever_can_wait_longer_is_told_more(server: RedisServer) -> None:
    async with pool_of(allowing("127.0.0.0/8")) as pool:
        with server.frozen():
            patient = asyncio.create_task(scraped(pool, server.url))
            await scraped(pool, server.url, within=SHORT)
            assert not patient.done()
        found = await patient
    assert found["redis_up"] == 1


async def test_nobody_listens(servers: Servers) -> None:
    port = free_port()
    async with pool_of(allowing("127.0.0.0/8")) as pool:
        found = await scraped(pool, f"127.0.0.1:{port}")
        assert found["redis_up"] == 0
        assert found["redis_exporter_last_scrape_error{err=CONN_REFUSED}"] == 1


async def test_what_the_service_failed_to_do_is_not_blamed_on_redis(
    server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError(24, "Too many open files")

    monkeypatch.setattr("redis_health.client.reach.socket.socket", fail)
    async with pool_of(allowing("127.0.0.0/8")) as pool:
        found = await scraped(pool, server.url, within=SHORT)
    assert "redis_up" not in found
    assert found["redis_exporter_last_scrape_error{err=OWN_FAULT}"] == 1
    assert found["redis_health_collector_success{collector=ping}"] == 0


async def test_over_a_unix_socket(server: RedisServer) -> None:
    async with pool_of(allowing(f"unix://{server.dir}/*.sock")) as pool:
        found = await scraped(pool, f"unix://{server.socket_path}")
    assert found["redis_up"] == 1


async def test_the_name_is_what_the_certificate_must_hold_also_where_addresses_are_pinned(
    servers: Servers, certificates: Certificates, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = servers(tls=certificates, config={"requirepass": "pw"})
    Names(monkeypatch, {"localhost": ["127.0.0.1"], "stranger": ["127.0.0.1"]})
    tls = TLSSettings(ca_file=str(certificates.ca))
    settings = allowing("127.0.0.0/8", logins=[login("127.0.0.0/8", password="pw", tls=tls)])
    async with pool_of(settings) as pool:
        found = await scraped(pool, f"rediss://localhost:{server.port}")
        assert found["redis_up"] == 1
        found = await scraped(pool, f"rediss://stranger:{server.port}")
        assert found["redis_up"] == 0
        (error,) = (name for name in found if name.startswith("redis_exporter_last_scrape_error"))
        assert "TLS" in error


async def test_refusals_are_counted() -> None:
    registry = CollectorRegistry()

    def counted() -> float | None:
        return registry.get_sample_value("redis_target_scrape_request_errors_total")

    async with pool_of(allowing(), registry) as pool:
        assert counted() == 0
        with pytest.raises(BadTarget):
            await pool.scrape(["a@b"], within=ENOUGH)
        with pytest.raises(TargetNotAllowed):
            await pool.scrape(["redis"], within=ENOUGH)
        assert counted() == 2
        assert pool.targets == ()


async def test_the_least_recently_scraped_makes_room(server: RedisServer) -> None:
    settings = allowing("localhost", "127.0.0.0/8", "unix:///*/*/*.sock", targets=2)
    first, second = server.url, f"localhost:{server.port}"
    third = f"unix://{server.socket_path}"
    async with pool_of(settings) as pool:
        for target in (first, second, first, third):
            await scraped(pool, target)
        assert [target.address for target in pool.targets] == [
            f"127.0.0.1:{server.port}",
            str(server.socket_path),
        ]
        # Closed in the background, and not at the end alone.
        await until(lambda: _monitors() == 2)


async def test_nobody_who_waits_is_pushed_out(server: RedisServer) -> None:
    registry = CollectorRegistry()
    with Recorder() as mute:
        async with pool_of(allowing("127.0.0.0/8", targets=1), registry) as pool:
            waiting = asyncio.create_task(scraped(pool, f"127.0.0.1:{mute.port}", within=1.0))
            await until(lambda: pool.targets)
            with pytest.raises(ScrapesExhausted, match="scrape-targets"):
                await pool.scrape([server.url], within=ENOUGH)
            assert (await waiting)["redis_up"] == 0
            assert (await scraped(pool, server.url))["redis_up"] == 1
            assert len(pool.targets) == 1
    assert registry.get_sample_value("redis_target_scrape_request_errors_total") == 1


async def test_an_idle_target_is_let_go(server: RedisServer) -> None:
    async with pool_of(allowing("127.0.0.0/8", idle=0.2)) as pool:
        await scraped(pool, server.url)
        assert len(pool.targets) == 1
        await until(lambda: not pool.targets)
        await until(lambda: _monitors() == 0)
        assert (await scraped(pool, server.url))["redis_up"] == 1


async def test_a_scrape_that_waits_is_not_idle(server: RedisServer) -> None:
    with Recorder() as mute:
        async with pool_of(allowing("127.0.0.0/8", idle=0.05)) as pool:
            waiting = asyncio.create_task(scraped(pool, f"127.0.0.1:{mute.port}", within=0.5))
            await until(lambda: mute.heard)
            task = asyncio.create_task(asyncio.sleep(0.2))
            await asyncio.wait([waiting, task], return_when=asyncio.FIRST_COMPLETED)
            assert task.done()
            assert len(pool.targets) == 1
            assert (await waiting)["redis_up"] == 0
            await until(lambda: not pool.targets)


async def test_nothing_is_left_behind(server: RedisServer) -> None:
    tasks, descriptors = asyncio.all_tasks(), _descriptors()
    with Recorder() as mute:
        async with pool_of(allowing("localhost", "127.0.0.0/8", targets=2)) as pool:
            for target in (f"127.0.0.1:{mute.port}", server.url, f"localhost:{server.port}"):
                await scraped(pool, target, within=1.0)
        assert pool.targets == ()
        assert asyncio.all_tasks() == tasks
        # One turn of the loop closes the sockets of what was aborted.
        await asyncio.sleep(0)
    assert _descriptors() == descriptors


async def test_a_monitor_that_cannot_start_is_told_of(
    server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(_: Monitor) -> None:
        raise RuntimeError("no")

    monkeypatch.setattr(Monitor, "__aenter__", fail)
    with capture_logs() as logged:
        async with pool_of(allowing("127.0.0.0/8")) as pool:
            await scraped(pool, server.url, within=SHORT)
    assert "a scrape target ended" in [line["event"] for line in logged]


async def test_a_name_that_moves_within_the_network_is_followed(
    server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gate_module, "LOOKED_UP_FOR", 0.0)
    names = Names(monkeypatch, {"redis": ["127.0.0.1"]})
    async with pool_of(allowing("127.0.0.0/8")) as pool:
        target = f"redis:{server.port}"
        assert (await scraped(pool, target))["redis_up"] == 1
        (before,) = pool.targets
        await scraped(pool, target)
        assert pool.targets[0] is before
        names.known["redis"] = ["127.0.0.2"]
        assert (await scraped(pool, target))["redis_up"] == 0
        assert [each.addresses for each in pool.targets] == [("127.0.0.2",)]


async def test_a_name_that_leaves_the_network_is_let_go(
    server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gate_module, "LOOKED_UP_FOR", 0.0)
    names = Names(monkeypatch, {"redis": ["127.0.0.1"]})
    async with pool_of(allowing("127.0.0.1/32")) as pool:
        target = f"redis:{server.port}"
        await scraped(pool, target)
        names.known["redis"] = ["127.0.0.2"]
        with pytest.raises(TargetNotAllowed):
            await scraped(pool, target)
        assert pool.targets == ()


async def test_a_name_server_that_is_silent_takes_nothing_back(
    server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gate_module, "LOOKED_UP_FOR", 0.0)
    names = Names(monkeypatch, {"redis": ["127.0.0.1"]})
    async with pool_of(allowing("127.0.0.1/32")) as pool:
        target = f"redis:{server.port}"
        await scraped(pool, target)
        names.known.clear()
        assert (await scraped(pool, target))["redis_up"] == 1
        with pytest.raises(TargetNotAllowed):
            await scraped(pool, "another")


def _monitors() -> int:
    return sum(task.get_name() == "scrape target" for task in asyncio.all_tasks())


def _descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))

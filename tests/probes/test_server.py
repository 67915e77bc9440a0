"""Which server answers, and whether it is a new process."""

from __future__ import annotations

from redis_health.probes.server import PROBE
from tests.conftest import Servers
from tests.probes.readers import Live, Recorded, ask, info_text
from tests.servers import RedisServer


def text(run_id: str = "a", uptime: int = 5000, **more: object) -> str:
    return info_text(run_id=run_id, uptime_in_seconds=uptime, redis_version="7.0.15", **more)


async def test_identity_of_redis() -> None:
    result = await ask(PROBE, Recorded(text(redis_mode="standalone")))
    expected = {
        "name": "redis",
        "version": "7.0.15",
        "valkey_version": None,
        "run_id": "a",
        "mode": "standalone",
        "uptime": 5000.0,
    }
    assert expected.items() <= result.facts.items()
    assert result.samples["redis_latency_seconds", "info"] == 0.001


async def test_identity_of_valkey_9_which_renamed_the_mode() -> None:
    result = await ask(
        PROBE, Recorded(text(server_name="valkey", valkey_version="9.1.2", server_mode="cluster"))
    )
    assert result.facts["name"] == "valkey"
    assert result.facts["valkey_version"] == "9.1.2"
    assert result.facts["mode"] == "cluster"


async def test_the_start_does_not_tremble() -> None:
    starts = set()
    for microseconds in (10_900_000, 11_100_000):
        uptime = microseconds // 1_000_000
        result = await ask(PROBE, Recorded(text(uptime=uptime, server_time_usec=microseconds)))
        starts.add(result.samples["redis_start_time_seconds",])
    assert starts == {0.0}


async def test_a_restart_is_told_for_five_minutes() -> None:
    reader = Recorded(text("a"))
    assert (await ask(PROBE, reader)).codes == set()
    reader.text, reader.monotonic = text("b", uptime=2), 1020.0
    finding = (await ask(PROBE, reader)).findings["RESTARTED"]
    assert finding.message == "restarted 2 s ago"
    assert finding.condition.note
    reader.text, reader.monotonic = text("b", uptime=301), 1319.0
    assert (await ask(PROBE, reader)).codes == {"RESTARTED"}
    reader.text, reader.monotonic = text("b", uptime=302), 1320.0
    assert (await ask(PROBE, reader)).codes == set()


async def test_another_server_at_the_address_is_no_restart() -> None:
    reader = Recorded(text("a"))
    await ask(PROBE, reader)
    reader.text, reader.monotonic = text("b", uptime=9000), 1005.0
    message = (await ask(PROBE, reader)).findings["RESTARTED"].message
    assert message.startswith("another server answers")


async def test_every_server_says_who_it_is(any_server: RedisServer) -> None:
    result = await ask(PROBE, Live(server=any_server))
    valkey = any_server.kind.is_valkey
    assert result.facts["name"] == ("valkey" if valkey else "redis")
    version = result.facts["valkey_version" if valkey else "version"]
    assert str(version).startswith(any_server.kind.version)
    assert result.facts["mode"] == "standalone"
    names = {key[0] for key in result.samples}
    assert {"redis_instance_info", "redis_uptime_in_seconds", "redis_start_time_seconds"} <= names


async def test_a_real_restart(servers: Servers) -> None:
    server = servers()
    reader = Live(server=server)
    await ask(PROBE, reader)
    server.kill()
    server.start()
    assert (await ask(PROBE, reader)).findings["RESTARTED"].message.startswith("restarted")


async def test_certificates_that_are_there() -> None:
    text = info_text(
        tls_server_cert_serial="4A:11",
        tls_server_cert_expires_in_seconds=86400,
        tls_ca_cert_serial="none",
        tls_ca_cert_expires_in_seconds=0,
    )
    samples = (await ask(PROBE, Recorded(text))).samples
    assert {key: value for key, value in samples.items() if "certificate" in key[0]} == {
        ("redis_tls_certificate_expires_in_seconds", "server"): 86400
    }

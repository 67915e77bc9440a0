"""One look at Redis, and what the exit status says."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time

import pytest

from redis_health.cli import nagios
from redis_health.config import load
from redis_health.model import Target
from redis_health.monitor import Monitor
from redis_health.probes import catalogue
from tests.cli.conftest import Run
from tests.conftest import Servers
from tests.faults import peers
from tests.ports import free_port
from tests.servers import RedisServer


@pytest.fixture
def dead() -> str:
    return f"redis://127.0.0.1:{free_port()}"


@pytest.fixture
def degraded(servers: Servers) -> RedisServer:
    server = servers(config={"enable-debug-command": "yes"})
    server.call("DEBUG", "POPULATE", 20000, "key", 1024)
    used = int(server.info("memory")["used_memory"])
    server.call("CONFIG", "SET", "maxmemory", int(used / 0.93))
    return server


def test_up_on_every_server(run: Run, any_server: RedisServer) -> None:
    result = run("check", "--redis-url", any_server.url)
    assert result.exit_code == 0, result.output
    name = "valkey" if any_server.kind.is_valkey else "redis"
    line = rf"up: {name} {re.escape(any_server.kind.version)}\S+ at 127\.0\.0\.1:\d+, "
    assert re.fullmatch(line + r"primary, ping \d+\.\d ms\n", result.stdout)
    assert result.stderr == ""


def test_a_replica(run: Run, servers: Servers) -> None:
    primary = servers()
    replica = servers(config={"replicaof": f"127.0.0.1 {primary.port}"})
    result = run("check", "--redis-url", replica.url, "--expect-role", "primary")
    assert result.exit_code == 1
    assert result.stdout.startswith("down: ")
    assert "ROLE_MISMATCH" in result.stdout


def test_down(run: Run, dead: str) -> None:
    result = run("check", "--redis-url", dead)
    assert result.exit_code == 1
    assert re.match(r"down: CONN_REFUSED connection refused by .* - start redis", result.stdout)
    assert len(result.stdout.splitlines()) == 1


def test_degraded_is_no_failure_unless_asked(run: Run, degraded: RedisServer) -> None:
    result = run("check", "--redis-url", degraded.url)
    assert result.exit_code == 0
    assert result.stdout.startswith("degraded: MEM_HIGH memory 93%")
    assert run("check", "--redis-url", degraded.url, "--fail-on", "degraded").exit_code == 1


def test_thresholds_are_options_here_too(run: Run, degraded: RedisServer) -> None:
    result = run("check", "--redis-url", degraded.url, "--memory-ratio", "0.95")
    assert result.stdout.startswith("up: ")


def test_json_is_what_health_answers(run: Run, server: RedisServer, dead: str) -> None:
    result = run("check", "--json", REDIS_URL=server.url)
    document = json.loads(result.stdout)
    assert result.exit_code == 0
    assert list(document)[:4] == ["status", "version", "hostname", "services"]
    assert document["state"] == "up"
    assert {check["status"] for check in document["checks"].values()} == {"ok"}
    result = run("check", "--json", REDIS_URL=dead)
    assert result.exit_code == 1
    assert json.loads(result.stdout)["reasons"][0]["code"] == "CONN_REFUSED"


def test_nagios_up(run: Run, server: RedisServer) -> None:
    result = run("check", "--nagios", "--redis-url", server.url)
    assert result.exit_code == 0
    text, _, data = result.stdout.rstrip("\n").partition(" | ")
    assert text.startswith("REDIS OK - up: redis 7.")
    values = dict(item.split("=") for item in data.split())
    assert set(values) == {"ping", "clients", "memory", "commands", "evicted"}
    assert re.fullmatch(r"0\.\d{6}s", values["ping"])
    assert re.fullmatch(r"\d+B", values["memory"])
    assert re.fullmatch(r"\d+c", values["commands"])


def test_nagios_degraded(run: Run, degraded: RedisServer) -> None:
    result = run("check", "--nagios", "--redis-url", degraded.url)
    assert result.exit_code == 1
    assert result.stdout.startswith("REDIS WARNING - degraded: MEM_HIGH ")


def test_nagios_down(run: Run, dead: str) -> None:
    result = run("check", "--nagios", "--redis-url", dead)
    assert result.exit_code == 2
    assert result.stdout.startswith("REDIS CRITICAL - down: CONN_REFUSED ")
    assert "|" not in result.stdout


async def test_nagios_knows_nothing() -> None:
    policy = load(catalogue(), flags={}, environ={}).policy
    monitor = Monitor(Target(), probes=catalogue(), policy=policy)
    assert nagios.status(monitor.verdict) == 3
    assert nagios.line(monitor).startswith("REDIS UNKNOWN - down: STARTING ")


def test_what_the_operator_lives_with(run: Run, server: RedisServer) -> None:
    server.call("ACL", "SETUSER", "mon", "on", ">m", "+ping")
    login = {"REDIS_URL": server.url, "REDIS_USERNAME": "mon", "REDIS_PASSWORD": "m"}
    result = run("check", **login)
    assert result.stdout.startswith("degraded: NOPERM_PROBE user mon may not run ")
    result = run("check", "--accept", "NOPERM_PROBE", **login)
    assert re.match(r"up: redis at 127\.0\.0\.1:\d+, ping ", result.stdout)


@pytest.mark.parametrize(
    "arguments",
    [
        ("--no-such-flag",),
        ("--timeout", "soon"),
        ("--timeout", "0"),
        ("--redis-url", "ftp://here"),
        ("--fail-on", "rain"),
    ],
)
def test_usage_errors(run: Run, arguments: tuple[str, ...]) -> None:
    result = run("check", *arguments)
    assert result.exit_code == 2
    assert arguments[0] in result.stderr
    as_plugin = run("check", "--nagios", *arguments)
    assert as_plugin.exit_code == 3
    assert as_plugin.stdout.startswith("REDIS UNKNOWN - ")
    assert arguments[0] in as_plugin.stdout
    assert len(as_plugin.stdout.splitlines()) == 1


def test_a_warning_does_not_disturb_the_line(run: Run, server: RedisServer) -> None:
    result = run("check", REDIS_URL=server.url, REDIS_PORT="1")
    assert result.exit_code == 0
    assert len(result.stdout.splitlines()) == 1
    assert result.stderr.startswith("warning: REDIS_PORT is ignored")


@pytest.mark.parametrize("seconds", [0.5, 2.0])
def test_timeout_bounds_the_whole(seconds: float) -> None:
    port = free_port()
    command = [sys.executable, "-m", "redis_health", "check", "--timeout", str(seconds)]
    with peers.mute(port):
        begun = time.monotonic()
        done = subprocess.run(
            [*command, "--redis-url", f"redis://127.0.0.1:{port}"],
            capture_output=True,
            text=True,
            timeout=15.0,
            check=False,
        )
        took = time.monotonic() - begun
    assert done.returncode == 1
    assert done.stdout.startswith("down: TIMEOUT ")
    assert done.stderr == ""
    # The interpreter's own start and end come on top.
    assert took < seconds + 1.5


def test_it_writes_nothing_and_causes_no_error(run: Run, any_server: RedisServer) -> None:
    any_server.call("CONFIG", "RESETSTAT")
    assert run("check", "--redis-url", any_server.url).exit_code == 0
    info = any_server.info()
    assert info["rdb_changes_since_last_save"] == "0"
    assert int(info.get("total_error_replies", 0)) == 0


@pytest.mark.parametrize("seconds", ["nan", "inf", "0", "-1", "soon"])
def test_a_timeout_that_bounds_nothing_is_a_usage_error(run: Run, seconds: str) -> None:
    result = run("check", "--timeout", seconds)
    assert result.exit_code == 2
    assert "--timeout" in result.stderr
    assert run("check", "--nagios", "--timeout", seconds).exit_code == 3


def test_a_code_that_there_is_not_is_a_usage_error(run: Run, server: RedisServer) -> None:
    result = run("check", "--accept", "OOM,NO_SUCH_CODE", "--redis-url", server.url)
    assert result.exit_code == 2
    assert "NO_SUCH_CODE" in result.stderr
    assert "OOM" not in result.stderr.split("accept:")[1]
    assert run("check", "--accept", "OOM", "--redis-url", server.url).exit_code == 0

"""The other commands, and what the program says of itself."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from redis_health import __version__
from redis_health.cli import _COMMANDS
from redis_health.config import options
from redis_health.probes import catalogue
from tests.cli.conftest import Run


def test_config_tells_values_and_sources(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text("login_grace = 5\nping_interval = 9\n")
    result = run(
        "config",
        "--config",
        str(file),
        "--redis-host",
        "flag.example",
        REDIS_HEALTH_PING_INTERVAL="2",
        REDIS_PASSWORD="hush-hush",
    )
    assert result.exit_code == 0, result.output
    rows = {line.split()[0]: line.split(maxsplit=2)[1:] for line in result.stdout.splitlines()}
    assert rows["redis-host"] == ["flag.example", "flag --redis-host"]
    assert rows["ping-interval"] == ["2", "environment REDIS_HEALTH_PING_INTERVAL"]
    assert rows["login-grace"] == ["5", f"file {file}: login_grace"]
    assert rows["redis-port"] == ["6379", "default"]
    assert rows["redis-password"] == ["********", "environment REDIS_PASSWORD"]
    assert "hush" not in result.output
    assert set(rows) == {"OPTION"} | {option.name for option in options(catalogue())}


def test_config_warns(run: Run) -> None:
    result = run("config", REDIS_HEALTH_ZZZ="1")
    assert result.exit_code == 0
    assert result.stderr == "warning: REDIS_HEALTH_ZZZ: no such variable\n"


def test_config_names_what_is_wrong(run: Run) -> None:
    result = run("config", REDIS_DB="first")
    assert result.exit_code == 2
    assert "REDIS_DB" in result.stderr


def test_probes_tells_all_that_is_declared(run: Run) -> None:
    result = run("probes")
    assert result.exit_code == 0
    sections = {block.split(":")[0]: block for block in result.stdout.strip().split("\n\n")}
    assert list(sections) == [probe.name for probe in catalogue()]
    for probe in catalogue():
        section = sections[probe.name]
        assert all(f"asks {command.text} (" in section for command in probe.commands)
        assert all(metric.name in section for metric in probe.metrics)
        assert all(condition.code in section for condition in probe.conditions)
        assert all(
            f"threshold {threshold.name.replace('_', '-')}: " in section
            for threshold in probe.thresholds
        )


def test_probes_tells_what_is_in_force(run: Run) -> None:
    result = run("probes", "--ping-interval", "7", "--ping-latency", "off")
    ping = result.stdout.split("\n\n")[0]
    assert "every 7 s" in ping
    assert "SLOW off" in ping
    assert "only with --check-write" in result.stdout


def test_serve_help_has_every_flag(run: Run) -> None:
    result = run("serve", "--help")
    assert result.exit_code == 0
    text = " ".join(result.stdout.split())
    for option in options(catalogue()):
        if option.flag:
            assert option.flag_name in text
            assert option.env in text.replace("- ", "-")
    assert "--redis-password " not in text


@pytest.mark.parametrize(
    "arguments", [("frobnicate",), ("serve", "--frobnicate"), ("probes", "--redis-host", "x")]
)
def test_what_there_is_not(run: Run, arguments: tuple[str, ...]) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert arguments[-2 if len(arguments) == 3 else -1] in result.stderr


def test_help_lists_the_commands(run: Run) -> None:
    result = run("--help")
    assert result.exit_code == 0
    listed = result.stdout.split("Commands:")[1].split("\n")
    names = [line.split()[0] for line in listed if line.startswith("  ") and line[2] != " "]
    assert names == list(_COMMANDS)


def test_it_is_a_module_too() -> None:
    command = [sys.executable, "-m", "redis_health", "--version"]
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ, check=True)
    assert done.stdout == f"redis-health, version {__version__}\n"

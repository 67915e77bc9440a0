"""``redis-health rules``, called as a function."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import structlog
from click.testing import CliRunner, Result

from redis_health.cli import main
from tests.rules.conftest import ROOT


@pytest.fixture(autouse=True)
def no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.startswith("REDIS_"):
            monkeypatch.delenv(name)


def invoke(*arguments: str, **environment: str) -> Result:
    result = CliRunner().invoke(main, ["rules", *arguments], env=environment)
    # A command silences the log of the process that it is.
    structlog.reset_defaults()
    return result


def test_the_defaults() -> None:
    done = invoke()
    assert done.exit_code == 0
    assert done.stdout == (ROOT / "rules" / "redis_health.yml").read_text(encoding="utf-8")
    assert done.stderr == ""


def test_the_thresholds_of_a_file(tmp_path: Path) -> None:
    file = tmp_path / "redis-health.toml"
    file.write_text('memory_ratio = "0.7/0.6"\nalert_memory_mib = 4096\nslow_command = "off"\n')
    done = invoke("--config", str(file))
    assert ">= 0.7 * instance:redis_memory_hard_limit:bytes" in done.stdout
    assert "redis_memory_used_bytes > 4096 * 1024 * 1024" in done.stdout
    assert "RedisSlowCommands" not in done.stdout


def test_a_flag() -> None:
    assert "redis_connections > 5000" in invoke("--alert-connections", "5000").stdout


def test_a_warning_is_no_part_of_the_file() -> None:
    done = invoke(REDIS_HEALTH_NONSENSE="1")
    assert done.exit_code == 0
    assert "REDIS_HEALTH_NONSENSE" in done.stderr
    assert "REDIS_HEALTH_NONSENSE" not in done.stdout


def test_a_mistake() -> None:
    done = invoke("--memory-ratio", "much")
    assert done.exit_code == 2
    assert "memory-ratio" in done.stderr
    assert done.stdout == ""

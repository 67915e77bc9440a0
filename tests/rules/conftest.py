"""promtool, and the rules for the defaults."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from redis_health.alerting import Group, declared, effective, rules_file, values
from redis_health.model import Alert, Policy, ProbeOptions
from redis_health.probes import catalogue

ROOT = Path(__file__).resolve().parent.parent.parent
GROUPS = declared(catalogue())
ALERTS = {alert.name: alert for group in GROUPS for alert in group.alerts}


def effective_groups(
    policy: Policy | None = None, options: ProbeOptions | None = None
) -> tuple[Group, ...]:
    """The rules for a policy, or for the defaults."""
    numbers = values(catalogue(), policy or Policy(), options or ProbeOptions())
    return effective(catalogue(), numbers)


def effective_alerts() -> dict[str, Alert]:
    """The alerts for the defaults, by name."""
    return {alert.name: alert for group in effective_groups() for alert in group.alerts}


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """promtool with these arguments."""
    found = shutil.which("promtool")
    if found is None:
        pytest.fail("promtool is missing: install the package prometheus")
    return subprocess.run([found, *arguments], capture_output=True, text=True, check=False)


@pytest.fixture(scope="session")
def rules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file for the defaults."""
    file = tmp_path_factory.mktemp("rules") / "rules.yml"
    file.write_text(rules_file(effective_groups()), encoding="utf-8")
    return file


@pytest.fixture
def passes(tmp_path: Path) -> Callable[[dict[str, Any]], None]:
    """Whether a document of tests passes."""

    def check(document: dict[str, Any]) -> None:
        file = tmp_path / "tests.yml"
        file.write_text(json.dumps(document), encoding="utf-8")
        done = run("test", "rules", str(file))
        assert done.returncode == 0, done.stdout + done.stderr

    return check

"""The unit for systemd, by systemd's own judgement."""

from __future__ import annotations

import json
from pathlib import Path

from tests.deploy.tools import DEPLOY, clean, program

UNIT = DEPLOY / "systemd" / "redis-health.service"


def test_systemd_understands_every_line(tmp_path: Path) -> None:
    """It only warns of a key that it does not know, and it wants the program to be there."""
    text = UNIT.read_text()
    assert "ExecStart=/opt/redis-health/bin/redis-health serve\n" in text
    unit = tmp_path / UNIT.name
    unit.write_text(text.replace("/opt/redis-health/bin/redis-health", program("redis-health")))
    assert clean("systemd-analyze", "verify", "--man=no", unit) == ""


def test_the_unit_is_exposed_to_little() -> None:
    # The limit is in tenths: beyond it the program fails.
    clean("systemd-analyze", "security", "--offline=yes", "--threshold=20", "--no-pager", UNIT)
    told = clean("systemd-analyze", "security", "--offline=yes", "--json=short", "--no-pager", UNIT)
    assert json.loads(told)

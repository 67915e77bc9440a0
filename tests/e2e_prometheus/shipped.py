"""The configuration that is shipped, with the addresses of a test and all its clocks faster.

Every duration is divided by FACTOR: scrapes and evaluations every second instead of every 15, a
``for`` of 30 s becomes 2 s, a ``group_wait`` of 90 s becomes 6 s. What stays is the range of a
query, which says how many samples there are to look at, and the pace of redis-health itself.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROMETHEUS = ROOT / "deploy" / "prometheus" / "prometheus.yml"
ALERTMANAGER = ROOT / "deploy" / "alertmanager" / "alertmanager.yml"
FACTOR = 15

_CLOCK = re.compile(
    r"^(?P<name> *(?:for|keep_firing_for|scrape_interval|evaluation_interval"
    r"|group_wait|group_interval|repeat_interval): )(?P<number>\d+)(?P<unit>[smhd])$",
    re.MULTILINE,
)
_MILLISECONDS = {"s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}


def faster(text: str) -> str:
    """The text with each of its clocks FACTOR times faster."""

    def divided(clock: re.Match[str]) -> str:
        milliseconds = int(clock["number"]) * _MILLISECONDS[clock["unit"]] // FACTOR
        return f"{clock['name']}{milliseconds}ms"

    found, count = _CLOCK.subn(divided, text)
    assert count, "nothing in it has a clock"
    return found


def rules(*flags: str) -> str:
    """What ``redis-health rules`` prints for these flags."""
    printed = subprocess.run(
        [sys.executable, "-m", "redis_health", "rules", *flags],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=True,
    )
    return faster(printed.stdout)


def prometheus(
    *,
    rule_file: Path,
    alertmanager: int,
    sidecars: Sequence[int],
    prober: int,
    targets: Sequence[str],
) -> str:
    """prometheus.yml: the ports of this test, and the addresses that the prober is to ask."""
    between = "\n          - "
    return faster(
        _replaced(
            PROMETHEUS.read_text(),
            {
                "../../rules/redis_health.yml": str(rule_file),
                "alertmanager:9093": f"127.0.0.1:{alertmanager}",
                "redis:9091": between.join(f"127.0.0.1:{port}" for port in sidecars),
                "redis-health:9091": f"127.0.0.1:{prober}",
                "redis://redis-1:6379": between.join(targets),
                f"{between}redis://redis-2:6379": "",
            },
        )
    )


def alertmanager(receiver: int) -> str:
    """alertmanager.yml, for a receiver on this port."""
    return faster(_replaced(ALERTMANAGER.read_text(), {"receiver:8080": f"127.0.0.1:{receiver}"}))


def _replaced(text: str, changes: dict[str, str]) -> str:
    for old, new in changes.items():
        assert old in text, old
        text = text.replace(old, new)
    return text

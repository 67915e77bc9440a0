"""Which families every server of the matrix gives, and that Prometheus accepts them.

``GOLDEN=write make test`` writes the lists anew; read their difference before you commit it.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from redis_health.exposition import Format
from redis_health.model import Policy
from redis_health.probes import catalogue
from tests.monitor.watching import monitor, schedules
from tests.servers import RedisServer

_GOLDEN = Path(__file__).with_name("families")
_ALLOWED = _GOLDEN / "promtool.txt"


@pytest.fixture(scope="module")
def promtool() -> str:
    found = shutil.which("promtool")
    if found is None:
        pytest.fail("promtool is missing: install the package prometheus")
    return found


async def _page(server: RedisServer) -> bytes:
    # What a family needs to exist: a key, a slow command, a refused one.
    server.call("SET", "key", "value")
    server.call("GET", "missing")
    patient = Policy(schedules=schedules(catalogue(), interval=5.0, timeout=5.0))
    watching = monitor(server, policy=patient)
    verdict = await watching.look()
    assert not verdict.reasons
    return watching.exposition.body(Format.TEXT, gzipped=False)


def _hold(path: Path, found: list[str]) -> None:
    if os.environ.get("GOLDEN") == "write":
        path.write_text("".join(f"{line}\n" for line in found))
    assert found == path.read_text().splitlines()


async def test_the_families_of_every_server(any_server: RedisServer, promtool: str) -> None:
    page = await _page(any_server)
    found = sorted(re.findall(r"^# TYPE (\S+ \S+)$", page.decode(), flags=re.MULTILINE))
    _hold(_GOLDEN / f"{any_server.kind.name}.txt", found)
    _check(promtool, page)


def _check(promtool: str, page: bytes) -> None:
    done = subprocess.run(
        [promtool, "check", "metrics"], input=page, capture_output=True, check=False
    )
    findings = set(done.stderr.decode().splitlines())
    allowed = set(_ALLOWED.read_text().splitlines())
    assert findings <= allowed
    # Nothing but style is found: 3 is that, 1 would be a page that cannot be parsed.
    assert done.returncode == (3 if findings else 0)


def test_the_seeds_families_are_on_every_page() -> None:
    seed = {
        "service_health gauge",
        "redis_up gauge",
        "redis_latency_seconds gauge",
        "redis_commands_processed_total counter",
        "redis_commands_per_second gauge",
        "redis_connections_current gauge",
        "redis_connections gauge",
        "redis_connections_rejected_total counter",
        "redis_memory_used_bytes gauge",
        "redis_memory_peak_bytes gauge",
        "redis_memory_fragmentation_ratio gauge",
        "redis_keys_total gauge",
        "redis_keys_evicted_total counter",
        "redis_keys_expired_total counter",
    }
    pages = [path for path in _GOLDEN.glob("*.txt") if path != _ALLOWED]
    assert len(pages) >= 4
    for path in pages:
        assert seed <= set(path.read_text().splitlines()), path.name
        with_histogram = "redis_command_latency_seconds histogram" in path.read_text()
        assert with_histogram is (path.stem != "redis-6.2")

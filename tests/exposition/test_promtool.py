"""Prometheus itself reads what we write."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from redis_health.exposition import Format, families, render
from redis_health.model import Metric, Sample
from tests.exposition.declared import registry


@pytest.fixture(scope="module")
def promtool() -> str:
    found = shutil.which("promtool")
    if found is None:
        pytest.fail("promtool is missing: install the package prometheus")
    return found


def check(promtool: str, page: bytes) -> tuple[int, set[str]]:
    done = subprocess.run(
        [promtool, "check", "metrics"], input=page, capture_output=True, check=False
    )
    return done.returncode, set(done.stderr.decode().splitlines())


def test_nothing_but_the_names_that_are_not_ours_is_found(promtool: str) -> None:
    status, findings = check(promtool, render(registry().collect(), Format.TEXT))
    assert findings == {
        'redis_keys_total non-counter metrics should not have "_total" suffix',
        'redis_total_error_replies counter metrics should have "_total" suffix',
    }
    assert status == 3


def test_strange_label_values_are_read(promtool: str) -> None:
    metric = Metric("redis_x", 'He said: "\\o/"\nTwice.', labels=("name",))
    values = ('a"b', "a\\", "\\n", "a\nb", "{}", ",=", "", "é", "\r\t\0")
    made = families([Sample(metric, 1.0, (value,)) for value in values])
    assert check(promtool, render(made, Format.TEXT)) == (0, set())


def test_prometheus_reads_the_openmetrics_page(promtool: str, tmp_path: Path) -> None:
    page = render(registry().collect(), Format.OPENMETRICS).decode()
    # The importer, promtool's only reader of OpenMetrics, wants a timestamp with each sample.
    dated = re.sub(r"^([^#].*)$", r"\1 1700000000", page, flags=re.MULTILINE)
    source = tmp_path / "page"
    source.write_text(dated)
    done = subprocess.run(
        [promtool, "tsdb", "create-blocks-from", "openmetrics", source, tmp_path / "blocks"],
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    # Without a write-ahead log, even an empty one, the dump refuses to read.
    (tmp_path / "blocks" / "wal").mkdir()
    dumped = subprocess.run(
        [promtool, "tsdb", "dump", tmp_path / "blocks"], capture_output=True, check=True
    ).stdout.decode()
    written = [line for line in page.splitlines() if not line.startswith("#")]
    assert len(dumped.splitlines()) == len(written)
    assert '__name__="redis_total_error_replies"} 3 ' in dumped
    assert '__name__="redis_keys_evicted_total"} 1.048576e+06 ' in dumped

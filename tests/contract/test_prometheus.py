"""A real Prometheus scrapes us, and the expressions of the seed's rules find their series."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.conftest import Watched
from tests.kinds import DEFAULT_KIND
from tests.ports import free_port, poll

RULES = Path(__file__).resolve().parent.parent / "data" / "seed_rules.yml"
#: What each alert compares: its expression up to the limit.
EXPRESSIONS = re.findall(r"expr: (.+) (?:==|>) [\d.]+$", RULES.read_text(), re.MULTILINE)


@pytest.fixture(scope="module")
def prometheus(
    fleet: dict[str, Watched], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    program = shutil.which("prometheus")
    if program is None:
        pytest.fail("prometheus is missing: install the package prometheus")
    directory = tmp_path_factory.mktemp("prometheus")
    service = fleet[DEFAULT_KIND].service
    target = {"targets": [f"127.0.0.1:{service.port}"]}
    job = {"job_name": "service_health", "scrape_interval": "500ms", "static_configs": [target]}
    config = directory / "prometheus.yml"
    config.write_text(json.dumps({"scrape_configs": [job]}))
    address = f"127.0.0.1:{free_port()}"
    with (directory / "log").open("wb") as log:
        process = subprocess.Popen(
            [
                program,
                f"--config.file={config}",
                f"--storage.tsdb.path={directory / 'data'}",
                f"--web.listen-address={address}",
            ],
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    yield f"http://{address}"
    process.terminate()
    process.wait(15.0)


def query(prometheus: str, expression: str) -> list[float]:
    """The values of an instant query; empty while there are none, or no Prometheus yet."""
    url = f"{prometheus}/api/v1/query?{urllib.parse.urlencode({'query': expression})}"
    try:
        with urllib.request.urlopen(url, timeout=5.0) as answer:
            document = json.load(answer)
    except OSError:
        return []
    values = [float(result["value"][1]) for result in document["data"]["result"]]
    # A quantile of nothing is not a number.
    return [value for value in values if value == value]  # noqa: PLR0124


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_each_expression_has_a_value(prometheus: str, expression: str) -> None:
    assert poll(lambda: len(query(prometheus, expression)) == 1, within=20.0, every=0.1)


def test_the_scrape_is_whole(prometheus: str) -> None:
    up = 'up{job="service_health"}'
    assert poll(lambda: query(prometheus, up) == [1.0], within=20.0, every=0.1)
    assert query(prometheus, "service_health") == [1.0]
    assert len(query(prometheus, "redis_keys_total")) == 16


def test_there_is_one_expression_for_each_alert() -> None:
    assert len(EXPRESSIONS) == RULES.read_text().count("- alert:") == 4

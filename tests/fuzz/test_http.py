"""Every kind of request that the description allows, and those that it does not, over HTTP.

schemathesis makes the requests and holds the answers against the description: statuses, media
types, schemas, methods that there are not, parameters that are none.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from tests.conftest import Services
from tests.fuzz.cases import times, tried
from tests.ports import free_port
from tests.servers import RedisServer
from tests.service import ServiceProcess

#: 503 is an answer here. Which targets are well-formed, no schema can say.
_CONFIGURATION = """
[checks]
not_a_server_error.expected-statuses = ["2xx", "4xx", "503"]
[[operations]]
include-path = "/scrape"
checks.positive_data_acceptance.enabled = false
"""


def _attack(service: ServiceProcess, directory: Path, *, examples: int) -> None:
    configuration = directory / "schemathesis.toml"
    configuration.write_text(_CONFIGURATION)
    ended = subprocess.run(
        [
            *(sys.executable, "-m", "schemathesis.cli", "--config-file", str(configuration)),
            *("run", f"{service.url}/openapi.json", "--max-examples", str(times(examples))),
            *("--seed", "1", "--generation-database", "none", "--no-color"),
        ],
        check=False,
        capture_output=True,
        text=True,
        timeout=300,
        cwd=directory,
    )
    told = ended.stdout + ended.stderr
    found = re.search(r"(\d+) generated", told)
    assert found is not None, told
    tried("HTTP requests", int(found[1]))
    assert ended.returncode == 0, told
    assert service.get("/livez").status == 200
    assert "Traceback" not in service.stdout + service.stderr
    assert "request failed" not in service.stdout + service.stderr


def test_a_service_whose_redis_is_up(
    services: Services, server: RedisServer, tmp_path: Path
) -> None:
    url = f"redis://127.0.0.1:{server.port}"
    service = services(environment={"REDIS_URL": url, "REDIS_HEALTH_DRAIN_DELAY": "0"})
    service.wait_for(lambda health: health["state"] == "up", within=10.0)
    _attack(service, tmp_path, examples=12)


def test_a_service_whose_redis_is_down(services: Services, tmp_path: Path) -> None:
    url = f"redis://127.0.0.1:{free_port()}"
    service = services(environment={"REDIS_URL": url, "REDIS_HEALTH_DRAIN_DELAY": "0"})
    service.wait_for(lambda health: health["reasons"] != [], within=10.0)
    _attack(service, tmp_path, examples=3)

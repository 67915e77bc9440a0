"""``/scrape`` as it is used: by a real Prometheus, with the configuration that is shipped."""

from __future__ import annotations

import contextlib
import json
import re
import shutil
import socket
import subprocess
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import Servers, Services
from tests.ports import free_port, poll
from tests.recorder import Recorder
from tests.servers import RedisServer
from tests.service import ServiceProcess

EXAMPLE = Path(__file__).resolve().parents[2] / "deploy" / "prometheus" / "prometheus.yml"
#: Seconds: for a program that starts on a busy machine, and that scrapes every second.
PATIENCE = 60.0


class Prometheus:
    """A Prometheus with a configuration of its own; it is gone when the ``with`` block ends."""

    def __init__(self, directory: Path, config: str) -> None:
        self._port = free_port()
        self._config = directory / "prometheus.yml"
        self._config.write_text(config)
        self._log = directory / "prometheus.log"
        self._data = directory / "data"
        self._process: subprocess.Popen[bytes] | None = None

    def query(self, expression: str) -> dict[str, float]:
        """The values by ``instance``; empty while nobody answers."""
        query = urllib.parse.urlencode({"query": expression})
        url = f"http://127.0.0.1:{self._port}/api/v1/query?{query}"
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                found = json.load(answer)["data"]["result"]
        except OSError:
            return {}
        return {each["metric"].get("instance", ""): float(each["value"][1]) for each in found}

    def wait_for(self, expression: str, expected: dict[str, float]) -> None:
        """Until the query has these values; AssertionError when it does not come to that."""
        found: dict[str, float] = {}

        def holds() -> bool:
            nonlocal found
            found = self.query(expression)
            return found == expected

        came = poll(holds, within=PATIENCE, every=0.1)
        assert came, f"{expression}: {found}, not {expected}\n{self._log.read_text()}"

    def __enter__(self) -> Prometheus:
        program = shutil.which("prometheus")
        assert program is not None, "prometheus is not installed"
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [
                    program,
                    f"--config.file={self._config}",
                    f"--storage.tsdb.path={self._data}",
                    f"--web.listen-address=127.0.0.1:{self._port}",
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process is not None
        self._process.terminate()
        try:
            self._process.wait(15)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def adapted(service: ServiceProcess, first: RedisServer, second: RedisServer) -> str:
    """The example with the addresses of this test, scraping every second."""
    text = EXAMPLE.read_text()
    for old, new in {
        "scrape_interval: 15s": "scrape_interval: 1s",
        "../../rules": str(EXAMPLE.parents[2] / "rules"),
        " redis:9091": f" 127.0.0.1:{service.port}",
        "redis-health:9091": f"127.0.0.1:{service.port}",
        "redis://redis-1:6379": first.url,
        "redis://redis-2:6379": second.url,
    }.items():
        assert old in text, old
        text = text.replace(old, new)
    return text


@pytest.fixture
def prometheus(
    tmp_path: Path, servers: Servers, services: Services
) -> Iterator[tuple[Prometheus, ServiceProcess, RedisServer, RedisServer]]:
    first, second = servers(), servers()
    service = services(
        environment={
            "REDIS_URL": first.url,
            "REDIS_HEALTH_DRAIN_DELAY": "0",
            "REDIS_HEALTH_SCRAPE_ALLOW": f"127.0.0.0/8:{first.port},127.0.0.0/8:{second.port}",
        }
    )
    with Prometheus(tmp_path, adapted(service, first, second)) as running:
        yield running, service, first, second


def test_the_example_is_a_valid_configuration() -> None:
    checked = subprocess.run(
        ["promtool", "check", "config", str(EXAMPLE)], capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_prometheus_scrapes_two_servers_through_one_service(
    prometheus: tuple[Prometheus, ServiceProcess, RedisServer, RedisServer],
) -> None:
    running, service, first, second = prometheus
    job = 'job="redis"'
    running.wait_for(f"up{{{job}}}", {first.url: 1, second.url: 1})
    running.wait_for(f"redis_up{{{job}}}", {first.url: 1, second.url: 1})
    running.wait_for('service_health{job="service_health"}', {f"127.0.0.1:{service.port}": 1})
    second.freeze()
    running.wait_for(f"redis_up{{{job}}}", {first.url: 1, second.url: 0})
    assert running.query(f"up{{{job}}}") == {first.url: 1, second.url: 1}
    assert running.query(f"ALERTS{{alertname='RedisDown',{job}}}") in ({}, {second.url: 1})
    second.thaw()
    running.wait_for(f"redis_up{{{job}}}", {first.url: 1, second.url: 1})


def test_a_target_that_is_frozen_from_the_first_scrape_on(
    tmp_path: Path, servers: Servers, services: Services
) -> None:
    first, second = servers(), servers()
    service = services(
        environment={
            "REDIS_URL": first.url,
            "REDIS_HEALTH_DRAIN_DELAY": "0",
            "REDIS_HEALTH_SCRAPE_ALLOW": "127.0.0.0/8",
        }
    )
    second.freeze()
    with Prometheus(tmp_path, adapted(service, first, second)) as running:
        # Prometheus waits for one second: less than it takes to be sure of silence.
        running.wait_for('redis_up{job="redis"}', {first.url: 1, second.url: 0})
        assert running.query('up{job="redis"}') == {first.url: 1, second.url: 1}


def test_the_login_of_the_sidecar_never_leaves_for_a_target(
    servers: Servers, services: Services
) -> None:
    secret = "of-the-sidecar-alone"
    own = servers(config={"requirepass": secret})
    with Recorder() as listed, Recorder() as unlisted:
        service = services(
            environment={
                "REDIS_URL": own.url,
                "REDIS_HEALTH_DRAIN_DELAY": "0",
                "REDIS_PASSWORD": secret,
                "REDIS_HEALTH_SCRAPE_ALLOW": f"127.0.0.0/8:{listed.port},127.0.0.0/8:{own.port}",
            }
        )
        service.wait_for(lambda health: bool(health["state"] == "up"), within=15)
        patience = {"X-Prometheus-Scrape-Timeout-Seconds": "2"}
        answer = service.get(f"/scrape?target=127.0.0.1:{listed.port}", headers=patience)
        assert answer.status == 200
        assert b"\nredis_up 0\n" in answer.body
        answer = service.get(f"/scrape?target=127.0.0.1:{unlisted.port}", headers=patience)
        assert answer.status == 403
        # Not even to its own Redis: whoever may scrape must not borrow the sidecar's rights.
        answer = service.get(f"/scrape?target=127.0.0.1:{own.port}", headers=patience)
        assert b'redis_exporter_last_scrape_error{err="NOAUTH"} 1' in answer.body
        assert b"\nredis_up 0\n" in answer.body
        heard = listed.settled()
        assert any(b"PING" in said for said in heard)
        assert not any(secret.encode() in said or b"AUTH" in said for said in heard)
        assert unlisted.settled() == []
        assert b"\nredis_target_scrape_request_errors_total 1\n" in _until_counted(service)
    assert secret not in service.stdout + service.stderr


def test_a_login_that_is_bound_to_a_target(
    tmp_path: Path, servers: Servers, services: Services
) -> None:
    server = servers(config={"requirepass": "s3cr3t"})
    (tmp_path / "secret").write_text("s3cr3t\n")
    logins = tmp_path / "logins.toml"
    logins.write_text(
        f'[[credentials]]\ntarget = "127.0.0.1:{server.port}"\n'
        f'password_file = "{tmp_path / "secret"}"\n'
    )
    service = services(
        environment={
            "REDIS_URL": server.url,
            "REDIS_HEALTH_DRAIN_DELAY": "0",
            "REDIS_HEALTH_SCRAPE_ALLOW": "127.0.0.0/8",
            "REDIS_HEALTH_SCRAPE_CREDENTIALS": str(logins),
        }
    )
    answer = service.get(f"/scrape?target={server.url}")
    assert b"\nredis_up 1\n" in answer.body
    assert service.stop() == 0


def test_the_service_ends_at_once_although_a_scrape_waits(services: Services) -> None:
    with Recorder() as mute:
        service = services(
            environment={
                "REDIS_URL": f"redis://127.0.0.1:{mute.port}",
                "REDIS_HEALTH_DRAIN_DELAY": "0",
                "REDIS_HEALTH_SCRAPE_ALLOW": "127.0.0.0/8",
            }
        )
        with service_request(service, f"/scrape?target=127.0.0.1:{mute.port}"):
            assert poll(lambda: len(mute.heard) > 3, within=5)
            assert service.stop(within=5) == 0


@contextlib.contextmanager
def service_request(service: ServiceProcess, path: str) -> Iterator[None]:
    """A request whose answer nobody reads."""
    with socket.create_connection(("127.0.0.1", service.port)) as connection:
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        yield


def _until_counted(service: ServiceProcess) -> bytes:
    pattern = re.compile(rb"\nredis_target_scrape_request_errors_total [1-9]")
    assert poll(lambda: bool(pattern.search(service.get("/metrics").body)), within=15)
    return service.get("/metrics").body

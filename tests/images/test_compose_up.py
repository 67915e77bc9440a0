"""The Compose file, brought up by Compose itself against podman."""

from __future__ import annotations

import contextlib
import json
import shutil
import subprocess
import threading
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.deploy.tools import DEPLOY, program
from tests.images.engine import CACHE, Engine
from tests.ports import free_port, poll

PROJECT = "redis-health-image-test"


@pytest.fixture
def podman_socket(engine: Engine) -> Iterator[str]:
    """The address at which podman speaks as Docker does."""
    path = CACHE / "podman.sock"
    path.unlink(missing_ok=True)
    address = f"unix://{path}"
    with subprocess.Popen(
        ["podman", "system", "service", "--time", "0", address],
        env=engine.environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as service:
        try:
            assert poll(path.exists, within=15)
            yield address
        finally:
            service.terminate()


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """The files of the stack, with secrets, and with the host's network in the place of theirs."""
    port, health = free_port(), free_port()
    for name in ("compose.yml", "secrets.sh"):
        shutil.copy(DEPLOY / "compose" / name, tmp_path)
    subprocess.run([tmp_path / "secrets.sh"], check=True)
    tmp_path.chmod(0o755)
    (tmp_path / "port").write_text(str(port))
    (tmp_path / "host.yml").write_text(
        f"""\
services:
  redis:
    network_mode: host
    networks: !reset null
    command:
      - redis-server
      - --appendonly
      - "yes"
      - --aclfile
      - /run/secrets/redis_users
      - --bind
      - 127.0.0.1
      - --port
      - "{port}"
  redis-health:
    network_mode: host
    networks: !reset null
    ports: !reset []
    environment:
      REDIS_URL: redis://127.0.0.1:{port}
      REDIS_HEALTH_LISTEN: 127.0.0.1:{health}
    healthcheck:
      test: ["CMD", "healthcheck", "--url", "http://127.0.0.1:{health}/healthz"]
  application:
    network_mode: host
    networks: !reset null
    command:
      - sh
      - -c
      - >-
        REDISCLI_AUTH="$$(cat /run/secrets/redis_password)" redis-cli -h 127.0.0.1 -p {port}
        SET application started && exec sleep infinity
"""
    )
    return tmp_path


def compose(*arguments: str, directory: Path, engine: Engine, address: str) -> None:
    files = ("-f", "compose.yml", "-f", "host.yml")
    done = subprocess.run(
        [program("docker-compose"), "-p", PROJECT, *files, *arguments],
        cwd=directory,
        env={**engine.environment, "DOCKER_HOST": address},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@contextlib.contextmanager
def checking_health(engine: Engine, container: str) -> Iterator[None]:
    """Run the health check again and again, as a Docker daemon does by itself."""
    ended = threading.Event()

    def check() -> None:
        while not ended.wait(0.5):
            engine.call("podman", "healthcheck", "run", container, check=False)

    thread = threading.Thread(target=check)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def state(engine: Engine, service: str) -> dict[str, Any]:
    (inspected,) = json.loads(engine.call("podman", "inspect", f"{PROJECT}-{service}-1"))
    found = inspected["State"]
    assert isinstance(found, dict)
    return found


def test_the_application_starts_when_redis_is_ready(
    engine: Engine, podman_socket: str, directory: Path, told: list[str]
) -> None:
    def run(*arguments: str) -> None:
        compose(*arguments, directory=directory, engine=engine, address=podman_socket)

    try:
        with checking_health(engine, f"{PROJECT}-redis-health-1"):
            run("up", "--detach", "--no-build", "--pull", "never", "application")
        redis, sidecar, application = (
            state(engine, name) for name in ("redis", "redis-health", "application")
        )
        log = (sidecar.get("Health") or sidecar["Healthcheck"])["Log"]
        healthy = min(moment(each["Start"]) for each in log if each["ExitCode"] == 0)
        order = [
            moment(redis["StartedAt"]),
            moment(sidecar["StartedAt"]),
            healthy,
            moment(application["StartedAt"]),
        ]
        assert order == sorted(order)
        assert application["Running"]
        port = (directory / "port").read_text()
        password = (directory / "secrets" / "redis_password").read_text()
        # The value is what the application wrote: it found a Redis that it could use.
        done = subprocess.run(
            ["redis-cli", "-p", port, "GET", "application"],
            env={**engine.environment, "REDISCLI_AUTH": password},
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout.strip() == "started"
        offsets = [f"{(each - order[0]).total_seconds():.1f} s" for each in order[1:]]
        told.append(
            f"compose: after redis the sidecar started at {offsets[0]}, was healthy at "
            f"{offsets[1]}, and the application started at {offsets[2]}"
        )
    finally:
        run("down", "--volumes", "--timeout", "5")

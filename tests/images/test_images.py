"""The images, built and run."""

from __future__ import annotations

import os
import signal
import socket
import threading
import time
from pathlib import Path

import pytest

from tests.conftest import Servers
from tests.images.engine import Engine
from tests.ports import free_port, poll
from tests.resp import ask
from tests.servers import RedisServer, ReplyError

IMAGES = ["redis-health", "redis-with-health"]
#: In the place of the shell, so that whatever wants one fails.
NO_SHELL = ("--volume", "/dev/null:/usr/bin/dash:ro", "--volume", "/dev/null:/usr/bin/bash:ro")


def listen(port: int) -> tuple[str, ...]:
    """The image's health check asks port 9091: on the host's network the test has another."""
    url = f"http://127.0.0.1:{port}/healthz"
    check = f'["healthcheck", "--url", "{url}", "--timeout", "2"]'
    return (
        "--env",
        f"REDIS_HEALTH_LISTEN=127.0.0.1:{port}",
        "--health-cmd",
        check,
        "--health-retries",
        "3",
        "--health-start-period",
        "0s",
    )


def child_of(container: int) -> int:
    """The process id of the server, the one child of the container's first process."""
    (child,) = Path(f"/proc/{container}/task/{container}/children").read_text().split()
    return int(child)


@pytest.mark.parametrize("name", IMAGES)
def test_an_image_says_what_it_is(engine: Engine, name: str) -> None:
    config = engine.image(name)["Config"]
    assert config["Labels"]["org.opencontainers.image.licenses"] == "MIT"
    assert config["User"] not in ("", "root", "0", "0:0")
    assert "9091/tcp" in config["ExposedPorts"]
    health = engine.image(name).get("HealthCheck") or engine.image(name)["Healthcheck"]
    assert health["Test"][1] == "healthcheck"


@pytest.mark.parametrize("name", IMAGES)
def test_an_image_holds_no_installer_and_no_test(engine: Engine, name: str) -> None:
    listing = engine.call(
        "podman",
        "run",
        "--rm",
        "--pull",
        "never",
        "--entrypoint",
        "find",
        name,
        "/opt",
        "/src",
        check=False,
    )
    assert "/opt/redis-health/bin/redis-health" in listing
    assert "/site-packages/redis_health/" in listing
    assert "/site-packages/pip" not in listing
    assert "constraints.txt" not in listing


def test_the_sidecar_tells_of_a_freeze_and_a_recovery(
    engine: Engine, servers: Servers, told: list[str]
) -> None:
    server = servers()
    options = ("--env", f"REDIS_URL={server.url}", *listen(free_port()), *NO_SHELL)
    began = time.monotonic()
    with engine.running("redis-health", options=options) as container:
        engine.wait_for(container, "healthy")
        told.append(f"redis-health: healthy {time.monotonic() - began:.1f} s after podman run")
        with server.frozen():
            seconds = engine.wait_for(container, "unhealthy")
            told.append(f"redis-health: unhealthy {seconds:.1f} s after a freeze")
        seconds = engine.wait_for(container, "healthy")
        told.append(f"redis-health: healthy {seconds:.1f} s after it")
        engine.call("podman", "stop", "--time", "20", container)
        assert engine.inspect(container)["State"]["ExitCode"] == 0


def test_redis_inside_is_seen_through_a_freeze(engine: Engine, told: list[str]) -> None:
    options = (*listen(free_port()), *NO_SHELL)
    arguments = ("--port", str(free_port()), "--bind", "127.0.0.1")
    began = time.monotonic()
    with engine.running("redis-with-health", *arguments, options=options) as container:
        engine.wait_for(container, "healthy")
        told.append(f"redis-with-health: healthy {time.monotonic() - began:.1f} s after podman run")
        child = child_of(engine.inspect(container)["State"]["Pid"])
        os.kill(child, signal.SIGSTOP)
        try:
            engine.wait_for(container, "unhealthy")
        finally:
            os.kill(child, signal.SIGCONT)
        engine.wait_for(container, "healthy")


def test_a_killed_redis_ends_its_container(engine: Engine) -> None:
    """What the shell script of the first version did not: its container lived on without Redis."""
    arguments = ("--port", str(free_port()), "--bind", "127.0.0.1")
    with engine.running("redis-with-health", *arguments, options=listen(free_port())) as container:
        engine.wait_for(container, "healthy")
        os.kill(child_of(engine.inspect(container)["State"]["Pid"]), signal.SIGKILL)
        assert poll(lambda: engine.inspect(container)["State"]["Status"] == "exited", within=15)
        assert engine.inspect(container)["State"]["ExitCode"] == 128 + signal.SIGKILL


class Writer(threading.Thread):
    """Counts up in Redis as fast as it goes; ``acknowledged`` is the last number it was told."""

    def __init__(self, port: int) -> None:
        super().__init__()
        self.acknowledged = 0
        self._port = port

    def run(self) -> None:
        try:
            with socket.create_connection(("127.0.0.1", self._port), timeout=20) as connection:
                while True:
                    reply = ask(connection, "INCR", "written")
                    assert isinstance(reply, int)
                    self.acknowledged = reply
        except (OSError, EOFError, ReplyError, AssertionError):
            return


def test_a_stop_under_load_loses_no_write(
    engine: Engine, servers: Servers, tmp_path: Path, told: list[str]
) -> None:
    port = free_port()
    tmp_path.chmod(0o755)
    data = tmp_path / "data"
    data.mkdir()
    os.chown(data, 999, 999)
    options = (*listen(free_port()), "--volume", f"{data}:/data")
    # Without an append-only file only the save on the way out can keep the writes.
    arguments = ("--port", str(port), "--bind", "127.0.0.1", "--save", "3600 1")
    with engine.running("redis-with-health", *arguments, options=options) as container:
        engine.wait_for(container, "healthy")
        writer = Writer(port)
        writer.start()
        assert poll(lambda: writer.acknowledged > 5000, within=20)
        began = time.monotonic()
        engine.call("podman", "stop", "--time", "60", container)
        seconds = time.monotonic() - began
        writer.join(30)
        assert engine.inspect(container)["State"]["ExitCode"] == 0, engine.call(
            "podman", "logs", container
        )
    assert (data / "dump.rdb").exists()
    written = int(reopened(servers, data).call("GET", "written"))
    assert written >= writer.acknowledged
    told.append(
        f"redis-with-health: stopped in {seconds:.1f} s under load; {writer.acknowledged} writes "
        f"were acknowledged and {written} are there"
    )


def reopened(servers: Servers, data: Path) -> RedisServer:
    """A server on the host with what the container left."""
    return servers("redis-7.0", config={"dir": str(data), "dbfilename": "dump.rdb"})

"""Podman and buildah, with a storage of their own."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.images.bases import provide
from tests.ports import poll

ROOT = Path(__file__).resolve().parents[2]
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "redis-health-images"
#: The host's, for the package index: an image brings those of its distribution.
_CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
#: No service manager is asked for anything: it may be a container in which this runs.
_CONTAINERS = """\
[containers]
netns = "host"
default_ulimits = ["nofile=4096:4096", "nproc=4096:4096"]
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
"""
_STORAGE = """\
[storage]
driver = "overlay"
graphroot = "{cache}/storage"
runroot = "{cache}/run"
"""


class Engine:
    """Runs containers on the host's network, as root."""

    def __init__(self) -> None:
        assert os.geteuid() == 0, "these tests need root"
        for name in ("podman", "buildah", "runc"):
            assert shutil.which(name), f"{name} is not installed"
        CACHE.mkdir(parents=True, exist_ok=True)
        (CACHE / "containers.conf").write_text(_CONTAINERS)
        (CACHE / "storage.conf").write_text(_STORAGE.format(cache=CACHE))
        self.environment = {
            **os.environ,
            "CONTAINERS_CONF": str(CACHE / "containers.conf"),
            "CONTAINERS_STORAGE_CONF": str(CACHE / "storage.conf"),
            # The health check runs when it is told to: there may be no systemd to have timers.
            "DISABLE_HC_SYSTEMD": "true",
        }
        self._containers: list[str] = []

    def call(self, *command: str, within: float = 120.0, check: bool = True) -> str:
        """The output of a program; AssertionError, with all that it said, when it fails."""
        done = subprocess.run(
            command,
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=within,
            check=False,
        )
        assert not check or done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
        return done.stdout.strip()

    def build(self, dockerfile: str, name: str) -> None:
        """Build an image from the root of the project."""
        for line in (ROOT / dockerfile).read_text().splitlines():
            if line.startswith("FROM "):
                provide(line.split()[1], self.call, CACHE)
        volumes = []
        if _CERTIFICATES.exists():
            volumes = ["--volume", f"{_CERTIFICATES}:{_CERTIFICATES}:ro"]
        # Without the format of Docker the HEALTHCHECK is dropped.
        options = ["--isolation", "chroot", "--format", "docker", "--pull-never", *volumes]
        self.call("buildah", "bud", *options, "-f", dockerfile, "-t", name, ".", within=600)

    def described(self, image: str) -> Iterator[str]:
        """What an image weighs, layer by layer."""
        inspected = self.image(image)
        layers = len(inspected["RootFS"]["Layers"])
        yield f"{image}: {inspected['Size'] / 1e6:.0f} MB in {layers} layers"
        history = json.loads(self.call("podman", "history", "--format", "json", image))
        weights = [int(each["size"]) for each in history if each["size"]]
        yield "  " + ", ".join(f"{size / 1e6:.1f} MB" for size in reversed(weights))

    def image(self, name: str) -> dict[str, Any]:
        """What podman knows of an image."""
        (inspected,) = json.loads(self.call("podman", "image", "inspect", name))
        assert isinstance(inspected, dict)
        return inspected

    @contextlib.contextmanager
    def running(self, image: str, *arguments: str, options: tuple[str, ...] = ()) -> Iterator[str]:
        """A container with a read-only root and no capabilities; gone after the block."""
        hardened = ("--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges")
        container = self.call(
            "podman", "run", "-d", "--pull", "never", *hardened, *options, image, *arguments
        )
        self._containers.append(container)
        try:
            yield container
        finally:
            self.call("podman", "rm", "--force", "--volumes", "--time", "5", container)

    def inspect(self, container: str) -> dict[str, Any]:
        """What podman knows of a container."""
        (inspected,) = json.loads(self.call("podman", "inspect", container))
        assert isinstance(inspected, dict)
        return inspected

    def health(self, container: str) -> str:
        """The state after one more run of the health check: starting, healthy or unhealthy."""
        self.call("podman", "healthcheck", "run", container, check=False)
        state = self.inspect(container)["State"]
        return str((state.get("Health") or state["Healthcheck"])["Status"])

    def wait_for(self, container: str, status: str, *, within: float = 30.0) -> float:
        """Seconds until the health state is that; AssertionError, with the log, if it is not."""
        before = time.monotonic()
        reached = poll(lambda: self.health(container) == status, within=within, every=0.1)
        assert reached, self.call("podman", "logs", container)
        return time.monotonic() - before

    def close(self) -> None:
        """Nothing of a container stays; the images do, for the next time."""
        for container in self._containers:
            self.call("podman", "rm", "--force", "--ignore", container)
        # Of a stage without instructions buildah keeps the container, mounted.
        self.call("buildah", "rm", "--all")

"""The engine, the images, and what is told of them in the end.

These tests are for ``make image-test`` alone: they need root, and minutes.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.images.engine import Engine

if os.environ.get("IMAGE_TEST") != "1":
    collect_ignore_glob = ["test_*.py"]

_TOLD: list[str] = []


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
    """Podman with both images built; no test is skipped where there is no podman: it fails."""
    engine = Engine()
    engine.build("deploy/docker/Dockerfile", "redis-health")
    engine.build("deploy/docker/Dockerfile.redis", "redis-with-health")
    _TOLD.extend(engine.described("redis-health"))
    _TOLD.extend(engine.described("redis-with-health"))
    yield engine
    engine.close()


@pytest.fixture(scope="session")
def told() -> list[str]:
    """Lines for the summary."""
    return _TOLD


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if _TOLD:
        terminalreporter.section("images")
        for line in _TOLD:
            terminalreporter.write_line(line)

"""The program, called as a function."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Protocol

import pytest
import structlog
from click.testing import CliRunner, Result

from redis_health.cli import main


class Run(Protocol):
    """Runs ``redis-health ARGUMENTS`` in an environment of its own."""

    def __call__(self, *arguments: str, **environment: str) -> Result: ...


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    for name in os.environ:
        if name.startswith("REDIS_"):
            monkeypatch.delenv(name)

    def invoke(*arguments: str, **environment: str) -> Result:
        runner = CliRunner()
        return runner.invoke(main, arguments, env=environment, prog_name="redis-health")

    yield invoke
    # A command silences the log of the process that it is.
    structlog.reset_defaults()

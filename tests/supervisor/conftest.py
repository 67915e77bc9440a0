"""The program that the tests of this directory start."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from typing import Protocol

import pytest

from tests.supervisor.running import Running


class Run(Protocol):
    """Makes ``redis-health run``, not started yet; it ends with the test."""

    def __call__(
        self,
        *command: str,
        arguments: tuple[str, ...] = (),
        environment: Mapping[str, str] | None = None,
    ) -> Running: ...


@pytest.fixture
def run() -> Iterator[Run]:
    with contextlib.ExitStack() as stack:

        def make(
            *command: str,
            arguments: tuple[str, ...] = (),
            environment: Mapping[str, str] | None = None,
        ) -> Running:
            running = Running(*command, arguments=arguments, environment=environment)
            stack.callback(running.close)
            return running

        yield make

"""``redis-health run`` as a process, with a server in a directory of its own."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from tests.kinds import DEFAULT_KIND, MATRIX
from tests.ports import free_port, poll
from tests.resp import ask
from tests.service import ServiceProcess

ROOT = Path(__file__).resolve().parents[2]


def binary(kind: str = DEFAULT_KIND) -> str:
    """The program of a server."""
    return str(MATRIX[kind].binary())


class Running(ServiceProcess):
    """``redis-health run ARGUMENTS -- COMMAND``; the server's files belong into ``dir``."""

    def __init__(
        self,
        *command: str,
        arguments: tuple[str, ...] = (),
        environment: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(*arguments, environment=environment)
        self.redis_port = free_port()
        self.command = command
        self._words = arguments

    def start(self, *, live: bool = True, stderr: int | None = None) -> Self:
        """As that of the service."""
        with (self.dir / "stdout").open("ab") as out, (self.dir / "stderr").open("ab") as err:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "redis_health", "run", *self._words, "--", *self.command],
                cwd=ROOT,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err if stderr is None else stderr,
            )
        if live:
            self.wait_live()
        return self

    def with_redis(self, *arguments: str, kind: str = DEFAULT_KIND) -> Self:
        """Lets the command be a server on ``redis_port``, with further arguments at its end."""
        port, here = str(self.redis_port), str(self.dir)
        self.command = (*self.command, binary(kind), "--port", port, "--dir", here, *arguments)
        return self

    def wait_up(self) -> dict[str, Any]:
        """Waits until Redis is up, and returns the document of ``/health``."""
        return self.wait_for(lambda health: bool(health["state"] == "up"), within=15.0)

    def wait_code(self, code: str) -> dict[str, Any]:
        """Waits for a reason, and returns the document of ``/health``."""
        return self.wait_for(
            lambda health: any(reason["code"] == code for reason in health["reasons"]),
            within=15.0,
        )

    def call(self, *words: str, password: str | None = None) -> Any:
        """The reply of the server to one command."""
        with socket.create_connection(("127.0.0.1", self.redis_port), timeout=5.0) as connection:
            if password is not None:
                ask(connection, "AUTH", password)
            return ask(connection, *words)

    def events(self, event: str) -> list[dict[str, Any]]:
        """The lines of the log about an event, those of the server left out."""
        lines = [line for line in self.stderr.splitlines() if line.startswith("{")]
        return [found for found in map(json.loads, lines) if found["event"] == event]

    def wait_event(self, event: str, times: int = 1) -> dict[str, Any]:
        """Waits for an event of the log and returns its last line."""
        told = poll(lambda: len(self.events(event)) >= times, within=15.0)
        assert told, f"no {event!r}\n{self.stderr}\n{self.stdout}"
        return self.events(event)[-1]

    def child(self) -> int:
        """The id of the process that was started last."""
        return int(self.wait_event("server started")["pid"])

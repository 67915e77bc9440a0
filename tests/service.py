"""The service as its users meet it: a process, and HTTP."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

from tests.ports import free_port, poll

_ROOT = Path(__file__).resolve().parent.parent
#: What the process inherits: where programs are, and what makes coverage measure it.
_INHERITED = ("PATH", "HOME", "TMPDIR")
_INHERITED_PREFIX = "COVERAGE_"


class Response(NamedTuple):
    """An answer over HTTP; the names of the headers are in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes


class ServiceProcess:
    """``redis-health serve`` as a process; it is gone when the ``with`` block ends.

    ``environment`` is all that it gets, besides where it listens. ``program`` is what Python runs.
    """

    def __init__(
        self,
        *arguments: str,
        environment: Mapping[str, str] | None = None,
        program: Sequence[str] = ("-m", "redis_health"),
    ) -> None:
        self._program = program
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None
        self.dir = Path(tempfile.mkdtemp(prefix="redis-health-"))
        self._arguments = arguments
        self._environment = {
            **_inherited(),
            "REDIS_HEALTH_LISTEN": f"127.0.0.1:{self.port}",
            **(environment or {}),
        }

    @property
    def pid(self) -> int:
        """The process id; the service must have been started."""
        assert self.process is not None, "the service was never started"
        return self.process.pid

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def stdout(self) -> str:
        """All of its standard output so far."""
        return (self.dir / "stdout").read_text(errors="replace")

    @property
    def stderr(self) -> str:
        """All of its standard error so far."""
        return (self.dir / "stderr").read_text(errors="replace")

    def start(self, *, live: bool = True, stderr: int | None = None) -> Self:
        """Start the process and, unless ``live`` is false, wait until ``/livez`` says so.

        ``stderr`` is a descriptor to write to in the place of the file that ``stderr`` reads.
        """
        with (self.dir / "stdout").open("ab") as out, (self.dir / "stderr").open("ab") as err:
            self.process = subprocess.Popen(
                [sys.executable, *self._program, "serve", *self._arguments],
                cwd=_ROOT,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err if stderr is None else stderr,
            )
        if live:
            self.wait_live()
        return self

    def wait_live(self, *, within: float = 15.0) -> None:
        """Wait for a 200 from ``/livez``; AssertionError, with the log, when it does not come."""
        poll(lambda: self._ended() or self._live(), within=within, every=0.02)
        assert self._live(), self._told("the service did not come up")

    def get(
        self, path: str, *, headers: Mapping[str, str] | None = None, timeout: float = 5.0
    ) -> Response:
        """One GET, on a connection of its own."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            connection.request("GET", path, headers=dict(headers or {}))
            answer = connection.getresponse()
            fields = {name.lower(): value for name, value in answer.getheaders()}
            return Response(answer.status, fields, answer.read())
        finally:
            connection.close()

    def health(self) -> dict[str, Any]:
        """The document of ``/health``."""
        document: dict[str, Any] = json.loads(self.get("/health").body)
        return document

    def metrics(self) -> str:
        """The text of ``/metrics``."""
        return self.get("/metrics").body.decode()

    def wait_for(
        self, predicate: Callable[[dict[str, Any]], bool], *, within: float
    ) -> dict[str, Any]:
        """The first document of ``/health`` for which the predicate holds.

        Raises AssertionError, with the last document and the log, when none comes in time.
        """
        document: dict[str, Any] = {}

        def holds() -> bool:
            nonlocal document
            document = self.health()
            return predicate(document)

        assert poll(holds, within=within, every=0.02), self._told(
            f"/health did not get there within {within} s: {json.dumps(document, indent=1)}"
        )
        return document

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the process."""
        assert self.process is not None
        self.process.send_signal(number)

    def wait(self, *, within: float = 15.0) -> int:
        """Wait until the process ends by itself, and return its exit status."""
        assert self.process is not None
        try:
            return self.process.wait(within)
        except subprocess.TimeoutExpired:
            raise AssertionError(self._told("the service did not end")) from None

    def stop(self, *, within: float = 15.0) -> int:
        """End it as an orchestrator does (SIGTERM) and return its exit status."""
        self.signal(signal.SIGTERM)
        return self.wait(within=within)

    def close(self) -> None:
        """End it, by force if need be, and remove its files."""
        if self.process is not None and not self._ended():
            # Asked first: a process that is killed takes its coverage data with it.
            self.process.send_signal(signal.SIGCONT)
            self.process.terminate()
            try:
                self.process.wait(10.0)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        shutil.rmtree(self.dir, ignore_errors=True)

    def __enter__(self) -> Self:
        return self if self.process is not None else self.start()

    def __exit__(
        self,
        exception_type: type[BaseException] | None,
        exception: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _ended(self) -> bool:
        return self.process is None or self.process.poll() is not None

    def _live(self) -> bool:
        try:
            return self.get("/livez").status == 200
        except (OSError, http.client.HTTPException):
            return False

    def _told(self, problem: str) -> str:
        return f"{problem}\n--- stdout\n{self.stdout}\n--- stderr\n{self.stderr}"


def _inherited() -> dict[str, str]:
    return {
        name: value
        for name, value in os.environ.items()
        if name in _INHERITED or name.startswith(_INHERITED_PREFIX)
    }

"""Debian's redis_exporter beside a server, as a process."""

from __future__ import annotations

import shutil
import subprocess
import urllib.request
from types import TracebackType
from typing import Self

from tests.ports import free_port, poll
from tests.servers import RedisServer

PROGRAM = "prometheus-redis-exporter"


def program() -> str:
    """Where it is; AssertionError where it is not installed."""
    found = shutil.which(PROGRAM)
    assert found is not None, f"{PROGRAM} is not installed"
    return found


class Exporter:
    """It with its default flags, beside one server; it is gone when the ``with`` block ends."""

    def __init__(self, server: RedisServer, *flags: str) -> None:
        self._url = f"http://127.0.0.1:{free_port()}/metrics"
        self._command = [
            program(),
            f"-redis.addr={server.url}",
            f"-web.listen-address={self._url.split('/')[2]}",
            *flags,
        ]
        self._process: subprocess.Popen[bytes] | None = None

    def metrics(self) -> str:
        """What it tells now: it asks Redis for each scrape."""
        # Newer versions answer in protobuf unless they are asked for text.
        request = urllib.request.Request(self._url, headers={"Accept": "text/plain"})
        with urllib.request.urlopen(request, timeout=5.0) as response:
            body: bytes = response.read()
        return body.decode()

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            self._command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        assert poll(self._answers, within=30.0), f"{PROGRAM} did not come up"
        return self

    def __exit__(
        self,
        exception_type: type[BaseException] | None,
        exception: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def _answers(self) -> bool:
        try:
            self.metrics()
        except OSError:
            return False
        return True

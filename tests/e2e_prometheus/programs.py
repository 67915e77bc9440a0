"""Prometheus and Alertmanager as processes, and what their interfaces answer."""

from __future__ import annotations

import json
import math
import shutil
import subprocess
import time
import urllib.parse
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.ports import poll


class Program:
    """A server on a port of loopback; it is gone when the ``with`` block ends."""

    def __init__(self, name: str, directory: Path, port: int, *arguments: str) -> None:
        self._name = name
        self._arguments = arguments
        self._log = directory / f"{name}.log"
        self._url = f"http://127.0.0.1:{port}"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> str:
        """All that it has written."""
        return self._log.read_text(errors="replace")

    def ask(self, path: str, **parameters: str) -> Any:
        """The JSON that a GET answers with."""
        url = f"{self._url}{path}?{urllib.parse.urlencode(parameters)}"
        with urllib.request.urlopen(url, timeout=10) as answer:
            return json.load(answer)

    def __enter__(self) -> Self:
        program = shutil.which(self._name)
        assert program is not None, f"{self._name} is missing: make system installs it"
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [program, *self._arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        assert poll(self._ready, within=30, every=0.05), self.log
        return self

    def __exit__(
        self,
        exception_type: type[BaseException] | None,
        exception: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        assert self._process is not None
        self._process.terminate()
        try:
            self._process.wait(15)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self._url}/-/ready", timeout=5) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False


class Prometheus(Program):
    """Prometheus with a configuration file."""

    def __init__(self, directory: Path, port: int, config: Path) -> None:
        super().__init__(
            "prometheus",
            directory,
            port,
            f"--config.file={config}",
            f"--storage.tsdb.path={directory / 'prometheus'}",
            f"--web.listen-address=127.0.0.1:{port}",
        )

    def values(self, expression: str) -> dict[str, float]:
        """The values of an instant query by ``instance``."""
        found = self.ask("/api/v1/query", query=expression)["data"]["result"]
        return {one["metric"].get("instance", ""): float(one["value"][1]) for one in found}

    def drawn(self, expression: str, *, seconds: float) -> list[Mapping[str, str]]:
        """The labels of each series of which a graph of the last ``seconds`` has a point."""
        now = time.time()
        found = self.ask(
            "/api/v1/query_range",
            query=expression,
            start=str(now - seconds),
            end=str(now),
            step="2",
        )["data"]["result"]
        return [
            one["metric"]
            for one in found
            if any(math.isfinite(float(value)) for _, value in one["values"])
        ]

    def firing(self, matcher: str) -> list[Mapping[str, str]]:
        """The labels of the alerts that fire and match."""
        query = f'ALERTS{{alertstate="firing",{matcher}}}'
        return [one["metric"] for one in self.ask("/api/v1/query", query=query)["data"]["result"]]

    def offered(self, label: str, selector: str) -> set[str]:
        """The values of a label among the series that match."""
        answer = self.ask(f"/api/v1/label/{label}/values", **{"match[]": selector})
        return set(answer["data"])


class Alertmanager(Program):
    """Alertmanager with a configuration file."""

    def __init__(self, directory: Path, port: int, config: Path) -> None:
        super().__init__(
            "prometheus-alertmanager",
            directory,
            port,
            f"--config.file={config}",
            f"--storage.path={directory / 'alertmanager'}",
            f"--web.listen-address=127.0.0.1:{port}",
            "--cluster.listen-address=",
        )

    def inhibited(self, instance: str) -> set[str]:
        """The names of the alerts about an instance that another alert silences."""
        found = self.ask("/api/v2/alerts", filter=f'instance="{instance}"')
        return {one["labels"]["alertname"] for one in found if one["status"]["inhibitedBy"]}

"""A real Prometheus that scrapes services."""

from __future__ import annotations

import http.client
import json
import shutil
import subprocess
import urllib.parse
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.ports import free_port
from tests.service import ServiceProcess


class Prometheus:
    """It scrapes each service twice a second; it is gone when the ``with`` block ends.

    ``services`` are by the name of the job that each has.
    """

    def __init__(self, directory: Path, services: dict[str, ServiceProcess]) -> None:
        self._directory = directory
        self._port = free_port()
        self._process: subprocess.Popen[bytes] | None = None
        jobs = [
            {
                "job_name": name,
                "scrape_interval": "500ms",
                "static_configs": [{"targets": [f"127.0.0.1:{service.port}"]}],
            }
            for name, service in services.items()
        ]
        (directory / "prometheus.yml").write_text(json.dumps({"scrape_configs": jobs}))

    def query(self, expression: str) -> list[float]:
        """The numbers of an instant query; none while there are none, or nobody answers.

        Raises AssertionError for an expression that Prometheus does not understand.
        """
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=5.0)
        try:
            path = f"/api/v1/query?{urllib.parse.urlencode({'query': expression})}"
            connection.request("GET", path)
            answer = connection.getresponse()
            body = answer.read()
        except OSError:
            return []
        finally:
            connection.close()
        if answer.status == http.HTTPStatus.SERVICE_UNAVAILABLE:
            return []  # it is still starting
        assert answer.status == http.HTTPStatus.OK, body
        found = json.loads(body)["data"]["result"]
        values = [float(result["value"][1]) for result in found]
        # What divides nothing by nothing is no number.
        return [value for value in values if value == value]  # noqa: PLR0124

    def __enter__(self) -> Self:
        program = shutil.which("prometheus")
        assert program is not None, "prometheus is not installed"
        with (self._directory / "log").open("wb") as log:
            self._process = subprocess.Popen(
                [
                    program,
                    f"--config.file={self._directory / 'prometheus.yml'}",
                    f"--storage.tsdb.path={self._directory / 'data'}",
                    f"--web.listen-address=127.0.0.1:{self._port}",
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
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
            self._process.wait(15.0)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

"""Who is told: the receiver of Alertmanager's webhooks."""

from __future__ import annotations

import http.server
import json
import threading
import time
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Notice:
    """One alert in one notification; ``at`` is when it came, on the monotonic clock."""

    at: float
    receiver: str
    firing: bool
    alert: str
    instance: str
    severity: str
    summary: str
    description: str
    runbook: str


class Receiver:
    """An HTTP server on a port; it is gone when the ``with`` block ends."""

    def __init__(self, port: int) -> None:
        self._lock = threading.Lock()
        self._notices: list[Notice] = []
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                at = time.monotonic()
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.take(at, self.path, json.loads(body))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}
        )

    def take(self, at: float, path: str, document: dict[str, Any]) -> None:
        """Keep the alerts of one notification."""
        found = [_notice(at, path.strip("/"), alert) for alert in document["alerts"]]
        with self._lock:
            self._notices += found

    def notices(self, alert: str = "", instance: str = "") -> list[Notice]:
        """All that came so far, of one alert or instance where it is given."""
        with self._lock:
            return [
                notice
                for notice in self._notices
                if alert in {"", notice.alert} and instance in {"", notice.instance}
            ]

    def first(self, alert: str, instance: str, *, firing: bool) -> Notice | None:
        """The first notification of its kind; None while none came."""
        found = self.notices(alert, instance)
        return next((notice for notice in found if notice.firing is firing), None)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        exception_type: type[BaseException] | None,
        exception: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def _notice(at: float, receiver: str, alert: dict[str, Any]) -> Notice:
    labels, texts = alert["labels"], alert["annotations"]
    return Notice(
        at=at,
        receiver=receiver,
        firing=alert["status"] == "firing",
        alert=labels["alertname"],
        instance=labels.get("instance", ""),
        severity=labels["severity"],
        summary=texts["summary"],
        description=texts["description"],
        runbook=texts["runbook_url"],
    )

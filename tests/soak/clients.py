"""Well-behaved clients: scrapes, pages, targets, and the two that watch without a pause."""

from __future__ import annotations

import gzip
import http.client
import json
import random
import time
from collections.abc import Callable
from typing import NamedTuple

from tests.soak.stage import SECRET, Stage

#: Seconds for an answer; longer than the service is ever stopped.
_PATIENCE = 15.0

_SCRAPES: tuple[dict[str, str], ...] = (
    {},
    {"Accept-Encoding": "gzip"},
    {"Accept": "application/openmetrics-text; version=1.0.0"},
    {"Accept": "application/openmetrics-text; version=1.0.0", "Accept-Encoding": "gzip"},
)
_IN_A_HURRY = {"X-Prometheus-Scrape-Timeout-Seconds": "3"}
#: Seconds in which a target that lives is known to, and those until what a freeze of the service
#: has made stale is known again.
_IN_TIME, _TOLD_LATE = 2.0, 10.0
_VERDICT = ("redis_up", "service_health", "redis_health_reason", "redis_health_probe_failures")
_PAGES = ("/health", "/healthz", "/readyz?verbose", "/", "/startupz", "/readyz/ping", "/missing")
_JSON = ("/health", "/healthz")


class Wrong(Exception):
    """An answer that should not have been given."""


class Answer(NamedTuple):
    """What a client was told, and after how many seconds."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes
    seconds: float


class Client:
    """One client that keeps its connection, and now and then takes a new one."""

    def __init__(self, stage: Stage, seed: int) -> None:
        self.stage = stage
        self.dice = random.Random(seed)
        self._connection: http.client.HTTPConnection | None = None

    def get(self, path: str, headers: dict[str, str] | None = None) -> Answer:
        """One request."""
        if self._connection is None or self.dice.random() < 0.2:
            self.close()
            port = self.stage.service.port
            self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_PATIENCE)
        begun = time.monotonic()
        try:
            self._connection.request("GET", path, headers=headers or {})
            response = self._connection.getresponse()
            body = response.read()
        except (OSError, http.client.HTTPException) as error:
            self.close()
            raise Wrong(f"{path}: {error!r} after {time.monotonic() - begun:.1f} s") from error
        return Answer(response.status, response.headers, body, time.monotonic() - begun)

    def close(self) -> None:
        """Hangs up."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def scrape(client: Client) -> None:
    """One scrape in one of the four forms, whole and without a secret."""
    headers = client.dice.choice(_SCRAPES)
    answer = client.get("/metrics", headers)
    _expect(answer.status == 200, "/metrics", answer)
    page = _page(answer, headers)
    _expect(b"\nservice_health " in page and page.endswith(b"\n"), "/metrics", answer)
    ends = page.endswith(b"# EOF\n")
    _expect(ends == ("Accept" in headers), "/metrics", answer)


def page(client: Client) -> None:
    """One of the other paths."""
    path = client.dice.choice(_PAGES)
    answer = client.get(path)
    expected = {404} if path == "/missing" else {200, 503}
    _expect(answer.status in expected and SECRET.encode() not in answer.body, path, answer)
    if path in _JSON:
        json.loads(answer.body)


def target(client: Client) -> None:
    """A scrape of another Redis: one of many that live, one that does not, one not allowed."""
    stage, dice = client.stage, client.dice
    wanted, expected = dice.choice(
        (
            (dice.choice(stage.many_targets), {200, 429}),
            (dice.choice(stage.many_targets), {200, 429}),
            # A port that nobody listens on, of an address that nobody has.
            (f"127.9.{dice.randint(0, 255)}.{dice.randint(1, 254)}:1", {200, 429}),
            (stage.silent_target, {200, 429}),
            (f"192.0.2.{dice.randint(1, 254)}", {403}),
            ("redis://user:pass@127.0.0.1", {400}),
        )
    )
    answer = client.get(f"/scrape?target={wanted}", _IN_A_HURRY)
    _expect(answer.status in expected, f"/scrape?target={wanted}", answer)
    if answer.status == 200:
        text = _page(answer, {}).decode()
        if "\nredis_up 1\n" in text:
            right = wanted in stage.many_targets
        elif "\nredis_up 0\n" in text:
            # One that has not answered when the client wants an answer is not up.
            right = wanted not in stage.many_targets or answer.seconds > _IN_TIME
        else:
            # Not known, which is what our own standing still makes of it.
            ended = time.monotonic()
            right = stage.frozen.between(ended - _TOLD_LATE, ended)
        told = [line for line in text.splitlines() if line.startswith(_VERDICT)]
        if not right:
            raise Wrong(f"/scrape?target={wanted} after {answer.seconds:.2f} s: {told}")


def _page(answer: Answer, headers: dict[str, str]) -> bytes:
    zipped = answer.headers["Content-Encoding"] == "gzip"
    _expect(zipped == ("Accept-Encoding" in headers), "Content-Encoding", answer)
    text = gzip.decompress(answer.body) if zipped else answer.body
    _expect(SECRET.encode() not in text, "a password in the metrics", answer)
    return text


def _expect(holds: bool, what: str, answer: Answer) -> None:
    if not holds:
        raise Wrong(f"{what}: {answer.status} {answer.body[:200]!r}")


#: Which count of the plan each request is of.
REQUESTS: dict[str, Callable[[Client], None]] = {
    "scrapes": scrape,
    "pages": page,
    "targets": target,
}

"""A server, the service beside it with the faults of the launcher, and what everybody asks it."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import re
import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from tests.servers import RedisServer
from tests.service import Response, ServiceProcess

#: What may be said while the service itself is at fault: nothing, or that it has not looked.
OWN = frozenset({"UNOBSERVED"})
#: Seconds within which it is well again by itself: two rounds of the slowest required check.
SOON = 8.0
_FIRST = ("/health", "/metrics", "/readyz", "/livez")


class Stage:
    """One server and one service, both up."""

    def __init__(self, **environment: str) -> None:
        self.server = RedisServer()
        quiet = {"REDIS_URL": self.server.url, "REDIS_HEALTH_DRAIN_DELAY": "0", **environment}
        self.service = ServiceProcess(environment=quiet, program=("-m", "tests.selfdoubt.launcher"))

    @classmethod
    @contextlib.contextmanager
    def up(cls, **environment: str) -> Iterator[Stage]:
        """All is well as the block begins, and gone as it ends."""
        stage = cls(**environment)
        with contextlib.ExitStack() as stack:
            stack.callback(stage.server.close)
            stack.callback(stage.service.close)
            stage.server.start()
            stage.service.start()
            stage.service.wait_for(is_settled, within=15.0)
            yield stage

    @property
    def ended(self) -> bool:
        return self.service.process is None or self.service.process.poll() is not None

    def signal(self, number: int) -> None:
        os.kill(self.service.pid, number)

    def stop(self) -> None:
        self.signal(signal.SIGSTOP)

    def go_on(self) -> None:
        self.signal(signal.SIGCONT)

    def wait_up(self, *, within: float = SOON) -> dict[str, Any]:
        return self.service.wait_for(is_up, within=within)

    @property
    def log(self) -> list[dict[str, Any]]:
        # The last line may be on its way.
        whole = self.service.stderr.rpartition("\n")[0]
        return [json.loads(line) for line in whole.splitlines()]

    def logged(self, event: str) -> list[dict[str, Any]]:
        return [line for line in self.log if line["event"] == event]

    def metric(self, pattern: str) -> float | None:
        found = re.search(rf"^{pattern} (\S+)$", self.service.metrics(), re.MULTILINE)
        return float(found[1]) if found else None

    @contextlib.contextmanager
    def asked_meanwhile(self, paths: Iterable[str] = _FIRST) -> Iterator[dict[str, Response]]:
        """What is answered to requests that came while the service stood still, after the block.

        They are sent as the block begins and are the first that it sees.
        """
        answers: dict[str, Response] = {}

        def ask(path: str) -> None:
            answers[path] = self.service.get(path, timeout=60.0)

        threads = [threading.Thread(target=ask, args=(path,)) for path in paths]
        for thread in threads:
            thread.start()
        yield answers
        for thread in threads:
            thread.join()

    @contextlib.contextmanager
    def never_blamed(self, allowed: frozenset[str] = OWN) -> Iterator[None]:
        """All the while Redis is blamed for nothing and never called down."""
        problems: list[str] = []
        ended = threading.Event()

        def watch() -> None:
            while not ended.wait(0.05):
                try:
                    health = self.service.health()
                    metrics = self.service.metrics()
                except (OSError, http.client.HTTPException, ValueError):
                    continue
                codes = {reason["code"] for reason in health["reasons"]}
                if not codes <= allowed or "FLAP_SUPPRESSED" in notes(health):
                    problems.append(json.dumps([health["reasons"], health["notes"]]))
                if "\nredis_up 0\n" in metrics:
                    problems.append("redis_up 0")

        thread = threading.Thread(target=watch)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()
        assert not problems, problems[:3]


def is_up(health: Mapping[str, Any]) -> bool:
    return bool(health["state"] == "up")


def is_settled(health: Mapping[str, Any]) -> bool:
    ages = [check["age_seconds"] for check in health["checks"].values()]
    return is_up(health) and None not in ages


def notes(health: Mapping[str, Any]) -> dict[str, str]:
    return {note["code"]: note["message"] for note in health["notes"]}


def message(health: Mapping[str, Any], code: str) -> str:
    """What is said of a code, empty when it is no reason."""
    found = (str(each["message"]) for each in health["reasons"] if each["code"] == code)
    return next(found, "")


def document(answer: Response) -> dict[str, Any]:
    health: dict[str, Any] = json.loads(answer.body)
    return health


def took(action: Callable[[], object]) -> float:
    """Seconds."""
    begun = time.monotonic()
    action()
    return time.monotonic() - begun

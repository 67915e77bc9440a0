"""All clients at once, each at its pace, and the two that watch the service meanwhile."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.soak.clients import REQUESTS, Client, Wrong
from tests.soak.plan import Counts
from tests.soak.rude import Rude
from tests.soak.stage import Stage

#: Clients of each kind: targets that are silent, and rude ones, take their time.
_HEADS = {"scrapes": 3, "pages": 2, "targets": 4, "aborted": 3}
#: Seconds between two looks of those that watch.
_WATCHED = {"/livez": 0.2, "/healthz": 0.05}
#: Seconds after which a client that is late no longer makes up for it.
_LATE = 5.0
#: How many wrong answers are told in full.
_TOLD = 100


@dataclass
class Findings:
    """What went wrong, and what was counted; shared by all threads.

    ``healthz`` are the seconds of the answers of ``/healthz``.
    """

    done: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    healthz: list[float] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def count(self, kind: str, number: int = 1) -> None:
        """So many more of that kind."""
        with self._lock:
            self.done[kind] += number

    def complain(self, problem: str) -> None:
        """One thing that went wrong."""
        with self._lock:
            if len(self.wrong) < _TOLD:
                self.wrong.append(problem)


class Crowd:
    """Every client in a thread of its own while the ``with`` block lasts."""

    def __init__(
        self, stage: Stage, counts: Counts, findings: Findings, *, seconds: float, seed: int
    ) -> None:
        self._stage = stage
        self._findings = findings
        self._over = threading.Event()
        self._threads: list[threading.Thread] = []
        for kind, heads in _HEADS.items():
            pause = seconds * heads / getattr(counts, kind)
            for head in range(heads):
                self._add_client(kind, seed + head, pause)
        for path, pause in _WATCHED.items():
            self._add_watch(path, pause)

    def __enter__(self) -> None:
        for thread in self._threads:
            thread.start()

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _add_client(self, kind: str, seed: int, pause: float) -> None:
        if kind == "aborted":
            rude = Rude(self._stage, random.Random(seed))
            self._add(kind, rude.abort, rude.close, pause)
        else:
            client, request = Client(self._stage, seed), REQUESTS[kind]
            self._add(kind, lambda: request(client), client.close, pause)

    def _add_watch(self, path: str, pause: float) -> None:
        client = Client(self._stage, 0)

        def look() -> None:
            begun = time.monotonic()
            answer = client.get(path)
            if self._stage.frozen.between(begun, time.monotonic()):
                return
            if path == "/healthz":
                self._findings.healthz.append(answer.seconds)
            elif answer.status != 200:
                raise Wrong(f"{answer.status} {answer.body[:300]!r}")

        self._add(path, look, client.close, pause)

    def _add(
        self, kind: str, act: Callable[[], None], close: Callable[[], None], pause: float
    ) -> None:
        def run() -> None:
            due = time.monotonic()
            while not self._over.wait(max(0.0, due - time.monotonic())):
                due = max(due + pause, time.monotonic() - _LATE)
                try:
                    act()
                except (Wrong, OSError) as error:
                    self._findings.complain(f"{kind}: {error}")
                self._findings.count(kind)
            close()

        self._threads.append(threading.Thread(target=run, name=kind, daemon=True))

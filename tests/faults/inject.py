"""Damage that a context does on entry and repairs on exit."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from tests.faults.fault import Inject
from tests.faults.lab import Lab
from tests.ports import poll
from tests.resp import encode
from tests.servers import RedisServer

_PATIENCE = 15.0


def configured(**parameters: str | int) -> Inject:
    """CONFIG SET, and back to what it was; underscores stand for hyphens."""

    @contextlib.contextmanager
    def inject(lab: Lab) -> Iterator[None]:
        with config_set(lab.server, **parameters):
            yield

    return inject


@contextlib.contextmanager
def config_set(server: RedisServer, **parameters: str | int) -> Iterator[None]:
    """CONFIG SET on a server, and back to what it was."""
    before = {}
    for word, value in parameters.items():
        name = word.replace("_", "-")
        before[name] = server.call("CONFIG", "GET", name)[1]
        server.call("CONFIG", "SET", name, value)
    yield
    for name, value in before.items():
        server.call("CONFIG", "SET", name, value)


@contextlib.contextmanager
def said(server: RedisServer, *arguments: str | int) -> Iterator[None]:
    """A command whose answer nobody waits for: it may take as long as it likes."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(str(server.socket_path))
        connection.sendall(encode(*arguments))
        yield


@contextlib.contextmanager
def killed(lab: Lab) -> Iterator[None]:
    """A crash."""
    lab.server.kill()
    yield
    lab.server.start()


@contextlib.contextmanager
def frozen(lab: Lab) -> Iterator[None]:
    """SIGSTOP."""
    with lab.server.frozen():
        yield


def blip(seconds: float) -> Inject:
    """Frozen for so long, over when the block begins; ``/healthz`` stays 200 all the time."""

    @contextlib.contextmanager
    def inject(lab: Lab) -> Iterator[None]:
        with lab.server.frozen():
            refused = poll(
                lambda: lab.service.get("/healthz").status != 200, within=seconds, every=0.02
            )
        assert not refused, lab.service.health()
        yield

    return inject


@contextlib.contextmanager
def noticed_blip(lab: Lab) -> Iterator[None]:
    """A blip that is longer than the interval and the time-out of a PING: one is sure to fail."""
    with blip(2.2)(lab):
        yield
    assert "FLAP_SUPPRESSED" in {note["code"] for note in lab.service.health()["notes"]}


def asleep(seconds: float) -> Inject:
    """DEBUG SLEEP; whatever the slow log keeps of it is cleared in the end."""

    @contextlib.contextmanager
    def inject(lab: Lab) -> Iterator[None]:
        with said(lab.server, "DEBUG", "SLEEP", str(seconds)):
            yield
            lab.server.call("SLOWLOG", "RESET", timeout=_PATIENCE)

    return inject


@contextlib.contextmanager
def nothing(lab: Lab) -> Iterator[None]:
    """No damage at all: what is not a fault must not look like one."""
    yield


def again_and_again(*, stopped: float, runs: float) -> Inject:
    """SIGSTOP and SIGCONT in turns, each for so many seconds."""

    @contextlib.contextmanager
    def inject(lab: Lab) -> Iterator[None]:
        over = threading.Event()

        def alternate() -> None:
            while not over.is_set():
                with lab.server.frozen():
                    over.wait(stopped)
                over.wait(runs)

        with ThreadPoolExecutor(1) as pool:
            alternating = pool.submit(alternate)
            try:
                yield
            finally:
                over.set()
            alternating.result()

    return inject

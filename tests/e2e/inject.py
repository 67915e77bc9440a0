"""Damage that a context does on entry and repairs on exit."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator

from tests.e2e.lab import Inject, Lab
from tests.ports import poll
from tests.resp import ReplyError, encode
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
def endless_script(lab: Lab) -> Iterator[None]:
    """A script that SCRIPT KILL ends."""
    with said(lab.server, "EVAL", "while true do end", 0):
        yield
        lab.server.call("SCRIPT", "KILL")
        # It ends at its next instruction that looks, and until then all else is answered BUSY.
        assert poll(lambda: _is_reset(lab), within=_PATIENCE)


def _is_reset(lab: Lab) -> bool:
    try:
        lab.server.call("SLOWLOG", "RESET")
    except ReplyError:
        return False
    return True


@contextlib.contextmanager
def blocked_clients(lab: Lab) -> Iterator[None]:
    """Fifty workers that wait for a job."""
    with contextlib.ExitStack() as stack:
        for _ in range(50):
            worker = stack.enter_context(lab.server.connect())
            worker.sendall(encode("BLPOP", "queue", 0))
        yield

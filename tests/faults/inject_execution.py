"""What the server is made to execute, or to hold back."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from tests.faults.fault import Inject
from tests.faults.inject import said
from tests.faults.lab import Lab
from tests.ports import poll
from tests.resp import ReplyError, encode

_PATIENCE = 20.0


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
def endless_script_that_writes(lab: Lab) -> Iterator[None]:
    """A script that only the end of the server ends, since it has written."""
    with said(lab.server, "EVAL", "redis.call('set', 'a', '1') while true do end", 0):
        yield
        lab.server.kill()
        lab.server.start()


def paused(what: str, *, seconds: int) -> Inject:
    """CLIENT PAUSE of ``WRITE`` or ``ALL`` for so long, or until it is taken back."""

    @contextlib.contextmanager
    def inject(lab: Lab) -> Iterator[None]:
        lab.server.call("CLIENT", "PAUSE", seconds * 1000, what)
        yield
        # One that holds back everything holds back this too, and ends by itself.
        lab.server.call("CLIENT", "UNPAUSE", timeout=_PATIENCE)

    return inject


@contextlib.contextmanager
def blocked_clients(lab: Lab) -> Iterator[None]:
    """Fifty workers that wait for a job."""
    with contextlib.ExitStack() as stack:
        for _ in range(50):
            worker = stack.enter_context(lab.server.connect())
            worker.sendall(encode("BLPOP", "queue", 0))
        yield

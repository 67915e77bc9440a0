"""Free ports, and bounded waiting."""

from __future__ import annotations

import os
import random
import socket
import threading
import time
from collections import deque
from collections.abc import Callable

#: Below the range that Linux takes outgoing connections from, so that none of them steals the port
#: between the look and its use; so is the port 10000 higher, which a Redis Cluster node adds.
_FIRST, _LAST = 12000, 22000


def _range() -> tuple[int, int]:
    """This process's part of the range: tests that run side by side take no port twice."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    size = (_LAST - _FIRST) // workers
    first = _FIRST + size * int(worker.removeprefix("gw") or 0)
    return first, first + size - 1


#: Handed out lately, and perhaps not bound yet: tests that play in threads must not meet.
_RECENT: deque[int] = deque(maxlen=1000)
_TURN = threading.Lock()


def free_port(host: str = "127.0.0.1") -> int:
    """A TCP port on which nothing listens, and that nobody here has been given lately."""
    with _TURN:
        port = _unused(host)
        _RECENT.append(port)
    return port


def _unused(host: str) -> int:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for _ in range(1000):
        port = random.randint(*_range())
        if port in _RECENT:
            continue
        with socket.socket(family) as probe:
            # As servers do: what is left of closed connections is not in the way.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError:
                continue
            return port
    raise AssertionError(f"no free port on {host}")


def poll(condition: Callable[[], bool], *, within: float, every: float = 0.01) -> bool:
    """Whether the condition came true within so many seconds; it is asked once at least."""
    deadline = time.monotonic() + within
    while not condition():
        if time.monotonic() >= deadline:
            return False
        time.sleep(every)
    return True

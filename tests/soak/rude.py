"""Clients that do not behave: they break off anywhere, and let others wait."""

from __future__ import annotations

import contextlib
import random
import socket
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.soak.stage import Stage

_RESET = struct.pack("ii", 1, 0)
_REQUEST = b"GET /metrics HTTP/1.1\r\nHost: soak\r\n\r\n"
_TARGET = b"GET /scrape?target=%s HTTP/1.1\r\nHost: soak\r\n\r\n"
#: How many hold their connections open at a time, and for how many seconds at most: longer than
#: the service waits for a request, so that it ends some of them itself.
_HELD, _HOLD = 40, 14.0


@dataclass
class Rude:
    """A crowd of them; ``held`` are the connections that are kept half way."""

    stage: Stage
    dice: random.Random
    held: list[tuple[float, socket.socket]] = field(default_factory=list)

    def abort(self) -> None:
        """One connection that is broken off, or will be."""
        self._let_go(time.monotonic())
        connection = socket.socket()
        connection.settimeout(15.0)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        if self.dice.random() < 0.2:
            # So small that an answer does not fit.
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        connection.connect(("127.0.0.1", self.stage.service.port))
        keep = False
        try:
            # The service may hang up first, which is its right.
            with contextlib.suppress(ConnectionError):
                keep = self.dice.choice(_WAYS)(self, connection)
        finally:
            if keep and len(self.held) < _HELD:
                until = time.monotonic() + self.dice.uniform(0.0, _HOLD)
                self.held.append((until, connection))
            else:
                connection.close()

    def close(self) -> None:
        """Breaks off all that are left."""
        self._let_go(float("inf"))

    def _let_go(self, now: float) -> None:
        for until, connection in self.held:
            if until <= now:
                connection.close()
        self.held = [each for each in self.held if each[0] > now]


def _say_nothing(_rude: Rude, _connection: socket.socket) -> bool:
    return False


def _wait(_rude: Rude, _connection: socket.socket) -> bool:
    return True


def _half_a_head(rude: Rude, connection: socket.socket) -> bool:
    connection.sendall(_REQUEST[: rude.dice.randrange(1, len(_REQUEST))])
    return rude.dice.random() < 0.3


def _ask(_rude: Rude, connection: socket.socket) -> bool:
    connection.sendall(_REQUEST)
    return False


def _read_a_little(rude: Rude, connection: socket.socket) -> bool:
    connection.sendall(_REQUEST)
    connection.recv(rude.dice.randrange(1, 3000))
    return False


def _ask_a_lot(rude: Rude, connection: socket.socket) -> bool:
    connection.sendall(_REQUEST * rude.dice.randint(2, 60))
    return rude.dice.random() < 0.5


def _head_too_long(_rude: Rude, connection: socket.socket) -> bool:
    connection.sendall(b"GET / HTTP/1.1\r\nX-Long: " + b"x" * 20_000 + b"\r\n\r\n")
    connection.recv(1000)
    return False


def _nonsense(rude: Rude, connection: socket.socket) -> bool:
    connection.sendall(rude.dice.randbytes(rude.dice.randint(1, 5000)))
    return rude.dice.random() < 0.3


def _half_a_body(rude: Rude, connection: socket.socket) -> bool:
    path = rude.dice.choice((b"/health", b"/metrics"))
    connection.sendall(b"POST " + path + b" HTTP/1.1\r\nHost: s\r\nContent-Length: 9999\r\n\r\nx")
    return rude.dice.random() < 0.3


def _break_off_a_first_look(rude: Rude, connection: socket.socket) -> bool:
    target = rude.dice.choice((rude.stage.silent_target, *rude.stage.many_targets))
    connection.sendall(_TARGET % target.encode())
    return rude.dice.random() < 0.3


_WAYS: tuple[Callable[[Rude, socket.socket], bool], ...] = (
    _say_nothing,
    _wait,
    _half_a_head,
    _ask,
    _read_a_little,
    _ask_a_lot,
    _head_too_long,
    _nonsense,
    _half_a_body,
    _break_off_a_first_look,
)

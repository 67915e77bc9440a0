"""What may stand between us and Redis: a TCP proxy that is slow, goes elsewhere, or goes deaf."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable
from functools import partial


class Relay:
    """A TCP proxy on ``port``.

    It holds back every answer for ``seconds``, and the first of a connection for ``welcome`` more,
    leads new connections to ``target``, and forwards nothing at all, either way, while it is
    ``deaf``. All of these may be changed at any time.
    """

    def __init__(self, target: int, *, seconds: float = 0.0) -> None:
        self.target = target
        self.seconds = seconds
        self.welcome = 0.0
        self.deaf = False
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._open: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._spawn(self._accept)

    def cut(self) -> None:
        """Ends all connections."""
        for connection in self._open:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Ends all connections and threads."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self.cut()
        for thread in self._threads:
            thread.join(5.0)
        for connection in [self._listener, *self._open]:
            connection.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                upstream = socket.create_connection(("127.0.0.1", self.target))
                self._open += [client, upstream]
                self._spawn(partial(self._pump, client, upstream, slowly=False))
                self._spawn(partial(self._pump, upstream, client, slowly=True))

    def _pump(self, source: socket.socket, sink: socket.socket, *, slowly: bool) -> None:
        once = self.welcome
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                if slowly:
                    # The delay is what this proxy is for.
                    time.sleep(self.seconds + once)
                    once = 0.0
                if not self.deaf:
                    sink.sendall(data)
        with contextlib.suppress(OSError):
            sink.shutdown(socket.SHUT_WR)

    def _spawn(self, work: Callable[[], None]) -> None:
        thread = threading.Thread(target=work)
        self._threads.append(thread)
        thread.start()

"""What may listen on a port in the place of Redis, or between us and Redis."""

from __future__ import annotations

import contextlib
import http.server
import socket
import threading
import time
from collections.abc import Iterator


@contextlib.contextmanager
def mute(port: int) -> Iterator[None]:
    """The kernel accepts connections, and nobody ever answers."""
    with socket.create_server(("127.0.0.1", port)):
        yield


@contextlib.contextmanager
def full_backlog(port: int) -> Iterator[None]:
    """A listener that nobody accepts from, with no room in its queue: a SYN is not answered."""
    with contextlib.ExitStack() as stack:
        stack.enter_context(socket.create_server(("127.0.0.1", port), backlog=0))
        for _ in range(4):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(("127.0.0.1", port))
        yield


class _Quiet(http.server.BaseHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's
        pass


@contextlib.contextmanager
def web_server(port: int) -> Iterator[None]:
    """Something that speaks HTTP."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", port), _Quiet) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            thread.join()


class SlowProxy:
    """A TCP proxy that holds back every answer for ``seconds``, which may be changed."""

    def __init__(self, target: int, *, seconds: float = 0.0) -> None:
        self.seconds = seconds
        self._target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._open: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._spawn(self._accept)

    def close(self) -> None:
        """Ends all connections and threads."""
        self._listener.shutdown(socket.SHUT_RDWR)
        for connection in self._open:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(5.0)
        for connection in [self._listener, *self._open]:
            connection.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                upstream = socket.create_connection(("127.0.0.1", self._target))
                self._open += [client, upstream]
                self._spawn(self._pump, client, upstream, False)
                self._spawn(self._pump, upstream, client, True)

    def _pump(self, source: socket.socket, sink: socket.socket, slowly: bool) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                if slowly:
                    # The delay is what this proxy is for.
                    time.sleep(self.seconds)
                sink.sendall(data)
        with contextlib.suppress(OSError):
            sink.shutdown(socket.SHUT_WR)

    def _spawn(self, target: object, *args: object) -> None:
        thread = threading.Thread(target=target, args=args)  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()

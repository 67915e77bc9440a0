"""What may listen on a port in the place of Redis."""

from __future__ import annotations

import contextlib
import http.server
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager


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


def says(words: bytes) -> Callable[[int], AbstractContextManager[None]]:
    """Something that greets every connection with these bytes, and goes away."""

    @contextlib.contextmanager
    def greets(port: int) -> Iterator[None]:
        with socket.create_server(("127.0.0.1", port)) as listener:
            thread = threading.Thread(target=_greet, args=(listener, words))
            thread.start()
            try:
                yield
            finally:
                listener.shutdown(socket.SHUT_RDWR)
                thread.join()

    return greets


def _greet(listener: socket.socket, words: bytes) -> None:
    with contextlib.suppress(OSError):
        while True:
            connection, _ = listener.accept()
            with connection, contextlib.suppress(ConnectionError):
                connection.sendall(words)


@contextlib.contextmanager
def half_a_reply(port: int) -> Iterator[None]:
    """Something that begins to answer, and stops in the middle of it."""
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.create_server(("127.0.0.1", port)))

        def answer() -> None:
            with contextlib.suppress(OSError):
                while True:
                    connection = stack.enter_context(listener.accept()[0])
                    connection.sendall(b"+PO")

        thread = threading.Thread(target=answer)
        thread.start()
        try:
            yield
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()

"""A listening socket that writes down what arrives, and says nothing."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self

from tests.ports import poll


class Recorder:
    """Listens on a loopback address while the ``with`` block lasts; ``heard`` has each connection.

    Whatever a client has sent is there, also of a connection that was closed before it was looked
    at: ``settled`` lets the kernel's queue run dry first.
    """

    def __init__(self, host: str = "127.0.0.1", port: int = 0) -> None:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._listening = socket.create_server((host, port), family=family)
        self.port: int = self._listening.getsockname()[1]
        self._connections: list[socket.socket] = []
        self._heard: list[bytearray] = []
        self._threads: list[threading.Thread] = []

    @property
    def heard(self) -> list[bytes]:
        """What came on each connection so far."""
        return [bytes(each) for each in self._heard]

    def settled(self) -> list[bytes]:
        """As ``heard``, after every connection that was made before this call."""
        with socket.socket(self._listening.family) as last:
            last.connect(self._listening.getsockname())
            last.sendall(b"LAST")
            assert poll(lambda: b"LAST" in self.heard, within=5.0)
        return [each for each in self.heard if each != b"LAST"]

    def __enter__(self) -> Self:
        self._start(self._accept)
        return self

    def __exit__(
        self,
        exception_type: type[BaseException] | None,
        exception: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)
        self._threads[0].join()
        self._listening.close()
        for connection in self._connections:
            connection.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                break
            self._connections.append(connection)
            heard = bytearray()
            self._heard.append(heard)
            self._start(self._listen, connection, heard)
        for connection in self._connections:
            connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads[1:]:
            thread.join()

    def _listen(self, connection: socket.socket, heard: bytearray) -> None:
        try:
            while data := connection.recv(4096):
                heard += data
        except OSError:
            return

    def _start(self, function: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=function, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

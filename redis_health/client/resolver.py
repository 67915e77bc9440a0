"""Name resolution that can hang without hanging us.

getaddrinfo may block for many seconds and cannot be interrupted. asyncio's executor would collect
such threads and wait for them at exit, so each target has one daemon thread at most, which later
rounds join.
"""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Sequence

from redis_health.errors import OwnFault

#: (family, socket address) in the order in which to try them.
Addresses = tuple[tuple[int, tuple[str | int | bytes, ...]], ...]


class Resolver:
    """Resolves one host and port, one look-up at a time.

    ``pinned`` are IP addresses to use instead: then the name is never looked up.
    """

    def __init__(self, host: str, port: int, *, pinned: Sequence[str] = ()) -> None:
        self._host = host
        self._port = port
        self._pending: asyncio.Future[Addresses] | None = None
        self._literal = _pinned(pinned, port) if pinned else _literal(host, port)

    async def addresses(self) -> Addresses:
        """The addresses of the host.

        Raises:
            OSError: socket.gaierror when it does not resolve.
            OwnFault: this process cannot start a thread.
        """
        if self._literal is not None:
            return self._literal
        if self._pending is None or self._pending.done():
            self._pending = self._started()
        return await asyncio.shield(self._pending)

    def _started(self) -> asyncio.Future[Addresses]:
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Addresses] = loop.create_future()
        future.add_done_callback(_retrieve)
        thread = threading.Thread(
            target=self._look_up, args=(future, loop), name=f"resolve {self._host}", daemon=True
        )
        try:
            thread.start()
        except RuntimeError as error:
            raise OwnFault(f"the service cannot resolve {self._host}: {error}") from error
        return future

    def _look_up(self, future: asyncio.Future[Addresses], loop: asyncio.AbstractEventLoop) -> None:
        result: Addresses | OSError
        try:
            result = _resolve(self._host, self._port)
        except (OSError, UnicodeError) as error:
            # An over-long or empty label is an error of the codec, not of the resolver.
            wrong = socket.gaierror(socket.EAI_NONAME, "not a valid host name")
            result = _own(error) if isinstance(error, OSError) else wrong
        try:
            loop.call_soon_threadsafe(_settle, future, result)
        except RuntimeError:
            return  # The loop has ended meanwhile: nobody waits for the answer.


def _resolve(host: str, port: int, flags: int = 0) -> Addresses:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=flags)
    return tuple((int(family), address) for family, _, _, _, address in found)


def _own(error: OSError) -> OSError:
    """What really failed: without a free descriptor getaddrinfo says that the name is unknown."""
    try:
        socket.socket().close()
    except OSError as own:
        return own
    return error


def _pinned(hosts: Sequence[str], port: int) -> Addresses:
    return tuple(
        address for host in hosts for address in _resolve(host, port, socket.AI_NUMERICHOST)
    )


def _literal(host: str, port: int) -> Addresses | None:
    try:
        return _resolve(host, port, socket.AI_NUMERICHOST)
    except (OSError, UnicodeError):
        return None


def _settle(future: asyncio.Future[Addresses], result: Addresses | OSError) -> None:
    if isinstance(result, OSError):
        future.set_exception(result)
    else:
        future.set_result(result)


def _retrieve(future: asyncio.Future[Addresses]) -> None:
    # Whoever asked may have given up: an error nobody waits for is no error.
    if not future.cancelled():
        future.exception()

"""How many connections there may be, and which of them makes room for a new one."""

from __future__ import annotations

import asyncio
import resource

import structlog

_log = structlog.get_logger(__name__)

#: The most connections, where this process may open twice as many files: 8 KB each.
MOST = 512
#: The same with TLS: 85 KB each.
MOST_WITH_TLS = 128
#: Seconds between two log lines about it.
_LOG_INTERVAL = 60.0


def most_connections(*, tls: bool) -> int:
    """The most connections: the other half of the descriptors is for Redis and for files."""
    most = MOST_WITH_TLS if tls else MOST
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return most if soft == resource.RLIM_INFINITY else max(1, min(most, soft // 2))


class Crowd:
    """The connections of the service, ``limit`` at most.

    One more and the connection goes that has waited longest: for its first request, for the rest of
    one, or for the next. It is never the newest, so that clients who open connections and send
    nothing cannot keep out one that asks at once. Who waits for our answer stays.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._all: set[asyncio.Transport] = set()
        # A dict keeps the order: who has waited longest comes first.
        self._waiting: dict[asyncio.Transport, None] = {}
        self._told = float("-inf")

    def __len__(self) -> int:
        return len(self._all)

    def join(self, transport: asyncio.Transport) -> None:
        """A new connection, from which a request is expected. It ends where all others stay."""
        if len(self._all) >= self._limit and not self._has_made_room():
            transport.abort()
            return
        self._all.add(transport)
        self._waiting[transport] = None

    def asked(self, transport: asyncio.Transport) -> None:
        """Its client waits for us from now on, not we for it."""
        self._waiting.pop(transport, None)

    def answered(self, transport: asyncio.Transport) -> None:
        """The next request is waited for."""
        if transport in self._all:
            self._waiting.pop(transport, None)
            self._waiting[transport] = None

    def leave(self, transport: asyncio.Transport) -> None:
        """The connection has ended."""
        self._all.discard(transport)
        self._waiting.pop(transport, None)

    def disperse(self) -> None:
        """End whatever is left."""
        for transport in list(self._all):
            transport.abort()

    def _has_made_room(self) -> bool:
        self._tell()
        oldest = next(iter(self._waiting), None)
        if oldest is None:
            return False
        self.leave(oldest)
        oldest.abort()
        return True

    def _tell(self) -> None:
        now = asyncio.get_running_loop().time()
        if now - self._told >= _LOG_INTERVAL:
            self._told = now
            _log.warning("too many connections, the one that waited longest ends", most=self._limit)

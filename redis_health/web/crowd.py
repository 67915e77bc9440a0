"""How many connections there may be, and which of them makes room for a new one."""

from __future__ import annotations

import asyncio
import resource
from collections.abc import Iterator
from itertools import chain

import structlog

_log = structlog.get_logger(__name__)

#: The most connections, where this process may open twice as many files: 8 KB each.
MOST = 512
#: The same with TLS: 85 KB each.
MOST_WITH_TLS = 128
#: Seconds within which an honest client has asked.
SHY = 1.0
#: Seconds between two log lines about it.
_LOG_INTERVAL = 60.0


def most_connections(*, tls: bool) -> int:
    """The most connections: the other half of the descriptors is for Redis and for files."""
    most = MOST_WITH_TLS if tls else MOST
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return most if soft == resource.RLIM_INFINITY else max(1, min(most, soft // 2))


class Crowd:
    """The connections of the service, ``limit`` at most.

    One more and another one goes, never the newest: whatever many clients do, one that comes and
    asks at once is answered. First goes who has not asked for ``SHY`` seconds, as no honest client
    does; then who has had an answer, and may ask again on a new connection; then who has not asked
    yet; then who waits for our answer. Of each kind it is the one that has been so for longest.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        # Since when they are so (monotonic). A dict keeps the order: the longest comes first.
        self._idle: dict[asyncio.Transport, float] = {}
        self._silent: dict[asyncio.Transport, float] = {}
        self._asking: dict[asyncio.Transport, float] = {}
        self._told = float("-inf")

    def __len__(self) -> int:
        return len(self._idle) + len(self._silent) + len(self._asking)

    def join(self, transport: asyncio.Transport) -> None:
        """A new connection, from which a request is expected."""
        if len(self) >= self._limit:
            self._make_room()
        self._silent[transport] = _now()

    def asked(self, transport: asyncio.Transport) -> None:
        """Its client waits for us from now on, not we for it."""
        self._move(transport, self._asking)

    def answered(self, transport: asyncio.Transport) -> None:
        """The next request is waited for."""
        self._move(transport, self._idle)

    def leave(self, transport: asyncio.Transport) -> bool:
        """The connection has ended. Whether it was still one of these."""
        kinds = (self._idle, self._silent, self._asking)
        return any(kind.pop(transport, None) is not None for kind in kinds)

    def disperse(self) -> None:
        """End whatever is left."""
        for transport in [*self._idle, *self._silent, *self._asking]:
            transport.abort()

    def _move(self, transport: asyncio.Transport, kind: dict[asyncio.Transport, float]) -> None:
        if self.leave(transport):
            kind[transport] = _now()

    def _make_room(self) -> None:
        self._tell()
        goes = next(chain(self._shy(), self._idle, self._silent, self._asking))
        self.leave(goes)
        goes.abort()

    def _shy(self) -> Iterator[asyncio.Transport]:
        return (each for each, since in self._silent.items() if _now() - since > SHY)

    def _tell(self) -> None:
        now = _now()
        if now - self._told >= _LOG_INTERVAL:
            self._told = now
            _log.warning("too many connections, each new one ends another", most=self._limit)


def _now() -> float:
    return asyncio.get_running_loop().time()

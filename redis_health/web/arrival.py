"""A connection on a TLS port, until its handshake is done."""

from __future__ import annotations

import asyncio
import ssl
from asyncio import sslproto
from collections.abc import Callable
from typing import Protocol, cast

import structlog

from redis_health.web.crowd import Crowd

_log = structlog.get_logger(__name__)

#: A TLS record has no more.
_RECORD = 2**14


class Terms(Protocol):
    """How TLS is spoken with a new client."""

    @property
    def context(self) -> ssl.SSLContext:
        """Certificate, versions, and whether the client needs a certificate."""

    def admits(self, certificate: dict[str, object] | None) -> bool:
        """Whether a client with this verified certificate may connect."""


def spare_memory() -> None:
    """Lets asyncio set aside 16 KiB for each TLS connection, the most that a record has.

    Its own 256 KiB are for bulk; here a few hundred idle clients would fill a sidecar's memory.
    """
    sslproto.SSLProtocol.max_size = _RECORD


def arrivals(
    terms: Callable[[], Terms],
    welcome: Callable[[], asyncio.Protocol],
    *,
    crowd: Crowd,
    patience: float,
) -> Callable[[], asyncio.Protocol]:
    """A factory of protocols for new connections; see ``Arrival``."""
    return lambda: Arrival(terms=terms, welcome=welcome, crowd=crowd, patience=patience)


class Arrival(asyncio.Protocol):
    """Speaks TLS with a new client, then hands it to the protocol that ``welcome`` makes.

    It counts in the crowd from the first moment and has ``patience`` seconds for the handshake.
    """

    def __init__(
        self,
        *,
        terms: Callable[[], Terms],
        welcome: Callable[[], asyncio.Protocol],
        crowd: Crowd,
        patience: float,
    ) -> None:
        self._terms = terms
        self._welcome = welcome
        self._crowd = crowd
        self._patience = patience
        self._early = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Nothing is read before the handshake begins."""
        wire = cast("asyncio.Transport", transport)
        wire.pause_reading()
        # As with plain HTTP: what a client does not take is noticed at once.
        wire.set_write_buffer_limits(high=0)
        self._crowd.join(wire)
        self._handshake = asyncio.create_task(self._shake_hands(wire), name="TLS handshake")

    def data_received(self, data: bytes) -> None:
        """What the client sends on the heels of its handshake."""
        self._early += data

    async def _shake_hands(self, wire: asyncio.Transport) -> None:
        if wire.is_closing():
            return  # It made room already, and nothing would end a handshake on it.
        terms = self._terms()
        try:
            secured = await asyncio.get_running_loop().start_tls(
                wire,
                self,
                terms.context,
                server_side=True,
                ssl_handshake_timeout=self._patience,
                ssl_shutdown_timeout=self._patience,
            )
        except OSError as error:
            # Port scanners and plain HTTP: not worth a line in the log.
            _log.debug("TLS handshake failed", problem=str(error))
            return
        finally:
            self._crowd.leave(wire)
        if secured is None or secured.is_closing():
            return  # The client went on the heels of its handshake.
        if not terms.admits(secured.get_extra_info("peercert")):
            _log.debug("TLS client refused", problem="no allowed name in its certificate")
            secured.abort()
            return
        protocol = self._welcome()
        secured.set_protocol(protocol)
        protocol.connection_made(secured)
        if self._early:
            protocol.data_received(bytes(self._early))

"""A better word for a failure that TLS, or the lack of it, has made mute."""

from __future__ import annotations

import asyncio
import ssl

from redis_health.client.connection import Connection
from redis_health.client.deadline import Deadline
from redis_health.client.reach import Reach
from redis_health.client.tls import ContextKeeper, unverified_context
from redis_health.errors import OwnFault, RedisFault
from redis_health.model import Failure, Nature, Target
from redis_health.replies import (
    NotResp,
    Phase,
    conditions,
    failure_of_exception,
    plaintext_port,
    tls_port,
)

#: Seconds that a look may take.
_LOOK = 0.5


class SecondLook:
    """Connects once more after certain failures, without any secret, to see what the port speaks.

    ``spoke_tls`` is set by the dialer: a port that did so needs no such look when it falls silent,
    until a connection fails or the server closes one. Another server may answer from then on.
    """

    def __init__(self, target: Target, reach: Reach, contexts: ContextKeeper | None) -> None:
        self._where = target.address
        self._server_name = target.host
        self._reach = reach
        self._contexts = contexts
        self.spoke_tls = False

    def forget(self) -> None:
        """What answers now need not be what answered before."""
        self.spoke_tls = False

    async def explained(self, fault: RedisFault, phase: Phase) -> RedisFault:
        """The fault that tells more about the failure in this phase, or the same one."""
        try:
            return await self._explained(fault, phase)
        finally:
            self.forget()

    async def _explained(self, fault: RedisFault, phase: Phase) -> RedisFault:
        silent = phase is Phase.TLS and fault.failure.nature is Nature.SILENCE
        closed = phase is Phase.LOGIN and fault.failure.condition is conditions.CONN_RESET
        found: Failure | None = None
        try:
            async with asyncio.timeout(_LOOK):
                if silent and not self.spoke_tls:
                    found = await self._if_plaintext()
                elif closed and self._contexts is not None:
                    found = await self._alert(self._contexts)
                elif closed:
                    found = await self._if_tls()
        except (OSError, NotResp, OwnFault, RedisFault):
            return fault
        return fault if found is None else RedisFault(found)

    async def _if_plaintext(self) -> Failure:
        # Redis waits for a line end in the ClientHello and says nothing. One bare PING settles it.
        connection = Connection(resp=2)
        try:
            await self._open(connection, None)
            await connection.ask([("PING",)])
        finally:
            connection.abort()
        return plaintext_port(self._where)

    async def _if_tls(self) -> Failure:
        # Redis closes a connection that does not begin with a ClientHello, and says nothing.
        connection = Connection(resp=2)
        try:
            await self._open(connection, unverified_context())
        finally:
            connection.abort()
        return tls_port(self._where)

    async def _alert(self, contexts: ContextKeeper) -> Failure | None:
        # TLS 1.3 refuses a client's certificate after the handshake. What we write meanwhile
        # provokes a reset that wipes out the alert: this time nothing is written.
        connection = Connection(resp=2)
        try:
            await self._open(connection, contexts.context())
            await connection.listen()
        except ssl.SSLError as error:
            return failure_of_exception(error, where=self._where, phase=Phase.TLS)
        finally:
            connection.abort()
        return None

    async def _open(self, connection: Connection, context: ssl.SSLContext | None) -> None:
        addresses = await self._reach.addresses()
        sock = await self._reach.socket(addresses, Deadline.within(_LOOK))
        name = self._server_name if context else None
        await connection.open(sock, context=context, server_name=name, lost=lambda: None)

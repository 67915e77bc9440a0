"""Opens connections: resolve, connect, TLS, log in, each phase timed and named."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from redis_health.client.connection import Connection
from redis_health.client.credentials import Credentials
from redis_health.client.deadline import Deadline, Progress
from redis_health.client.resolver import Addresses, Resolver
from redis_health.client.tls import ContextKeeper, certificate_expires
from redis_health.errors import RedisFault
from redis_health.model import Dial, ErrorReply, Failure, Nature, Reply, Target
from redis_health.replies import (
    NotResp,
    Phase,
    conditions,
    failure_of_exception,
    failure_of_reply,
    plaintext_port,
)

#: Replies to PING that mean that we are not let in; any other reply is an answer.
_SHUT_OUT = frozenset(
    condition.code
    for condition in (
        conditions.NOAUTH,
        conditions.WRONGPASS,
        conditions.MAXCLIENTS,
        conditions.PROTECTED_MODE,
        conditions.BAD_DB,
    )
)
#: Seconds for the look whether a port that gave no TLS answer speaks plaintext.
_PLAIN_LOOK = 0.5


@dataclass(slots=True)
class Opened:
    """A connection that has logged in, and how long it took."""

    connection: Connection
    dial: Dial


class Dialer:
    """Opens connections to one target."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._resolver = Resolver(target.host, target.port) if target.path is None else None
        self._contexts = ContextKeeper(target.tls) if target.tls is not None else None
        self._credentials = Credentials(target)
        self._spoke_tls = False
        self._may_set_name = True

    async def open(self, deadline: Deadline, *, name: str) -> Opened:
        """A connection that is logged in and named ``name`` by CLIENT SETNAME.

        Raises:
            RedisFault: the way to Redis, or Redis itself, refused us or was silent.
            OwnFault: this process could not try.
        """
        progress = Progress(Phase.RESOLVE)
        try:
            async with deadline.guard(progress, self._target.address):
                return await self.connect(deadline, progress, name=name, lost=lambda: None)
        except RedisFault as fault:
            raise await self.explained(fault, progress.phase) from fault

    async def connect(
        self, deadline: Deadline, progress: Progress, *, name: str, lost: Callable[[], None]
    ) -> Opened:
        """As ``open`` under a guard of the caller's, who is told the phase in ``progress``.

        ``lost`` is called when the server closes the connection.
        """
        connection = Connection(resp=self._target.resp)
        try:
            return await self._steps(connection, progress, deadline, name, lost)
        except (OSError, NotResp) as error:
            connection.abort()
            failure = failure_of_exception(error, where=self._target.address, phase=progress.phase)
            raise RedisFault(failure) from error
        except BaseException:
            connection.abort()
            raise

    async def _steps(
        self,
        connection: Connection,
        progress: Progress,
        deadline: Deadline,
        name: str,
        lost: Callable[[], None],
    ) -> Opened:
        clock = asyncio.get_running_loop().time
        target = self._target
        progress.phase = Phase.RESOLVE
        started = clock()
        addresses = await self._resolver.addresses() if self._resolver else ()
        resolved = clock()
        progress.phase = Phase.CONNECT
        sock = await self._connect(addresses, deadline)
        connected = clock()
        progress.phase = Phase.TLS if self._contexts else Phase.LOGIN
        context = self._contexts.context() if self._contexts else None
        server_name = (target.tls.server_name or target.host) if target.tls else None
        await connection.open(sock, context=context, server_name=server_name, lost=lost)
        self._spoke_tls = context is not None
        secured = clock()
        progress.phase = Phase.LOGIN
        await self._log_in(connection, name)
        return Opened(
            connection,
            Dial(
                resolve=resolved - started,
                connect=connected - resolved,
                tls=secured - connected if context else 0.0,
                login=clock() - secured,
                certificate_expires=certificate_expires(connection.tls()),
            ),
        )

    async def _connect(self, addresses: Addresses, deadline: Deadline) -> socket.socket:
        if self._target.path is not None:
            return await _connected(socket.AF_UNIX, self._target.path)
        clock = asyncio.get_running_loop().time
        errors: list[OSError] = []
        for tried, (family, address) in enumerate(addresses):
            # An address that swallows packets must leave time for those after it.
            share = (deadline.at - clock()) / (len(addresses) - tried)
            try:
                async with asyncio.timeout(share if tried < len(addresses) - 1 else None):
                    return await _connected(family, address)
            except OSError as error:
                errors.append(error)
        # A machine without IPv6 fails on ::1 in its own way: the last address tells more.
        raise next((e for e in errors if isinstance(e, ConnectionRefusedError)), errors[-1])

    async def _log_in(self, connection: Connection, name: str) -> None:
        password = self._credentials.password()
        if password is not None or self._target.username is not None:
            failure = await self._authenticate(connection, password or "")
            if failure is not None and self._credentials.changed():
                failure = await self._authenticate(connection, self._credentials.password() or "")
            if failure is not None:
                raise RedisFault(failure)
        commands: list[Sequence[str | int]] = [("PING",)]
        if self._target.resp > 2:
            commands.insert(0, ("HELLO", self._target.resp))
        if self._target.db:
            commands.insert(0, ("SELECT", self._target.db))
        if self._may_set_name:
            commands.insert(0, ("CLIENT", "SETNAME", name))
        for command, reply in zip(commands, await connection.ask(commands), strict=True):
            self._check(command, reply)

    async def _authenticate(self, connection: Connection, password: str) -> Failure | None:
        user = (self._target.username,) if self._target.username else ()
        (reply,) = await connection.ask([("AUTH", *user, password)])
        if not isinstance(reply, ErrorReply):
            return None
        failure = self._failure(reply, "AUTH")
        # LOADING and BUSY are answered to AUTH by servers that have not got so far: not a refusal.
        return failure if failure.code in _SHUT_OUT | {"AUTH_UNEXPECTED", "ERROR_REPLY"} else None

    def _check(self, command: Sequence[str | int], reply: Reply) -> None:
        if not isinstance(reply, ErrorReply):
            return
        failure = self._failure(reply, str(command[0]))
        if failure.code in _SHUT_OUT:
            raise RedisFault(failure)
        if command[0] == "CLIENT" and failure.code in {"NOPERM_PROBE", "COMMAND_UNKNOWN"}:
            # A name is a courtesy: not asked for again, so that no error reply is provoked.
            self._may_set_name = False

    def _failure(self, reply: ErrorReply, command: str) -> Failure:
        return failure_of_reply(
            reply.text, user=self._target.user, command=command, where=self._target.address
        )

    async def explained(self, fault: RedisFault, phase: Phase) -> RedisFault:
        """A better word for silence in the TLS handshake, if the port answers in plaintext.

        Redis waits for a line end in the ClientHello and says nothing. One bare PING settles it;
        no secret is sent, and a port that has spoken TLS before is not asked.
        """
        silent = fault.failure.nature is Nature.SILENCE and phase is Phase.TLS
        if silent and not self._spoke_tls and await self._answers_plaintext():
            return RedisFault(plaintext_port(self._target.address))
        return fault

    async def _answers_plaintext(self) -> bool:
        connection = Connection(resp=2)
        try:
            async with asyncio.timeout(_PLAIN_LOOK):
                addresses = await self._resolver.addresses() if self._resolver else ()
                sock = await self._connect(addresses, Deadline.within(_PLAIN_LOOK))
                await connection.open(sock, context=None, server_name=None, lost=lambda: None)
                await connection.ask([("PING",)])
        except (OSError, NotResp):
            return False
        finally:
            connection.abort()
        return True


async def _connected(family: int, address: tuple[Any, ...] | str) -> socket.socket:
    loop = asyncio.get_running_loop()
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setblocking(False)
        if family != socket.AF_UNIX:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        await loop.sock_connect(sock, address)
    except BaseException:
        sock.close()
        raise
    return sock

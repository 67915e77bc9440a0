"""Opens connections: resolve, connect, TLS, log in, each phase timed and named."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from redis_health.client.connection import Connection
from redis_health.client.credentials import Credentials
from redis_health.client.deadline import Deadline, Progress
from redis_health.client.reach import Reach
from redis_health.client.refusals import NEEDED, OPTIONAL, REFUSED, Refusals
from redis_health.client.second_look import SecondLook
from redis_health.client.tls import ContextKeeper, certificate_expires
from redis_health.errors import RedisFault
from redis_health.model import Dial, ErrorReply, Failure, Reply, Target
from redis_health.replies import (
    NotResp,
    Phase,
    conditions,
    failure_of_exception,
    failure_of_nonsense,
    failure_of_reply,
    is_pong,
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


#: Refusals of AUTH that are told in the server's own words.
_QUOTED = frozenset({conditions.NOAUTH, conditions.BAD_DB, conditions.ERROR_REPLY})


@dataclass(slots=True)
class Opened:
    """A connection that has logged in, and how long it took."""

    connection: Connection
    dial: Dial


class Dialer:
    """Opens connections to one target."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._reach = Reach(target)
        self._contexts = ContextKeeper(target.tls) if target.tls is not None else None
        self._credentials = Credentials(target)
        self._second_look = SecondLook(target, self._reach, self._contexts)
        self._refusals = Refusals()

    async def open(self, deadline: Deadline, *, name: str | None) -> Opened:
        """A connection that is logged in and named ``name`` by CLIENT SETNAME, if by anything.

        Raises:
            RedisFault: the way to Redis, or Redis itself, refused us or was silent.
            OwnFault: this process could not try.
        """
        progress = Progress(Phase.RESOLVE)
        try:
            async with deadline.guard(progress, self._target.address):
                return await self.connect(deadline, progress, name=name, lost=lambda: None)
        except RedisFault as fault:
            better = await self.explained(fault, progress.phase)
            if better is fault:
                raise
            raise better from fault

    async def connect(
        self, deadline: Deadline, progress: Progress, *, name: str | None, lost: Callable[[], None]
    ) -> Opened:
        """As ``open`` under a guard of the caller's, who is told the phase in ``progress``.

        ``lost`` is called when the server closes the connection.
        """
        connection = Connection(resp=self._target.resp)

        def closed() -> None:
            self._second_look.forget()
            lost()

        try:
            return await self._steps(connection, progress, deadline, name, closed)
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
        name: str | None,
        lost: Callable[[], None],
    ) -> Opened:
        clock = asyncio.get_running_loop().time
        target = self._target
        context = self._contexts.context() if self._contexts else None
        progress.phase = Phase.RESOLVE
        started = clock()
        addresses = await self._reach.addresses()
        resolved = clock()
        progress.phase = Phase.CONNECT
        sock = await self._reach.socket(addresses, deadline)
        connected = clock()
        progress.phase = Phase.TLS if context else Phase.LOGIN
        server_name = (target.tls.server_name or target.host) if target.tls else None
        await connection.open(sock, context=context, server_name=server_name, lost=lost)
        self._second_look.spoke_tls = context is not None
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

    async def _log_in(self, connection: Connection, name: str | None) -> None:
        password = self._credentials.password()
        if password is not None or self._target.username is not None:
            failure = await self._authenticate(connection, password or "")
            if failure is not None and self._credentials.changed():
                failure = await self._authenticate(connection, self._credentials.password() or "")
            if failure is not None:
                raise RedisFault(failure)
        now = asyncio.get_running_loop().time()
        commands = [
            command for command in self._greeting(name) if not self._refusals.failure(command, now)
        ]
        for command, reply in zip(commands, await connection.ask(commands), strict=True):
            self._check(command, reply)

    def _greeting(self, name: str | None) -> list[Sequence[str | int]]:
        commands: list[Sequence[str | int]] = []
        if name is not None:
            commands.append(("CLIENT", "SETNAME", name))
        if self._target.db:
            commands.append(("SELECT", self._target.db))
        if self._target.resp > 2:
            commands.append(("HELLO", self._target.resp))
        # Last, and never left out: the answer shows that we are let in.
        return [*commands, ("PING",)]

    async def _authenticate(self, connection: Connection, password: str) -> Failure | None:
        user = (self._target.username,) if self._target.username else ()
        (reply,) = await connection.ask([("AUTH", *user, password)])
        if not isinstance(reply, ErrorReply):
            return None
        failure = self._failure(reply, "AUTH")
        if password and password in reply.text and failure.condition in _QUOTED:
            # Where there is no AUTH, the refusal repeats what it was given.
            failure = replace(failure, message=f"{self._target.address} does not take our AUTH")
        # LOADING and BUSY are answered to AUTH by servers that have not got so far: not a refusal.
        return failure if failure.code in _SHUT_OUT | {"AUTH_UNEXPECTED", "ERROR_REPLY"} else None

    def _check(self, command: Sequence[str | int], reply: Reply) -> None:
        if not isinstance(reply, ErrorReply):
            if command[0] == "PING" and not is_pong(reply):
                where = self._target.address
                raise RedisFault(failure_of_nonsense(reply, command="PING", where=where))
            return
        failure = self._failure(reply, str(command[0]))
        if failure.code in _SHUT_OUT:
            raise RedisFault(failure)
        if command[0] != "PING" and failure.condition in REFUSED:
            # Not asked for again for a while, so that no error reply is provoked.
            now = asyncio.get_running_loop().time()
            patience = NEEDED if command[0] == "SELECT" else OPTIONAL
            self._refusals.learn(command, failure, now=now, seconds=patience)

    def no_database(self) -> Failure | None:
        """Why a client with our login does not get into the configured database, if so."""
        now = asyncio.get_running_loop().time()
        return self._refusals.failure(("SELECT", self._target.db), now)

    def _failure(self, reply: ErrorReply, command: str) -> Failure:
        return failure_of_reply(
            reply.text, user=self._target.user, command=command, where=self._target.address
        )

    async def explained(self, fault: RedisFault, phase: Phase) -> RedisFault:
        """A better word for a failure of this phase, if a second look finds one."""
        return await self._second_look.explained(fault, phase)

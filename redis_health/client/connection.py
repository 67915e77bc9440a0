"""One connection to Redis: redis-py's packing and hiredis parsing over our own stream."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Sequence
from typing import Any

from redis._parsers import _AsyncHiredisParser
from redis.asyncio.connection import AbstractConnection
from redis.exceptions import InvalidResponse, RedisError, ResponseError
from redis.maint_notifications import MaintNotificationsConfig

from redis_health.client.stream import Stream
from redis_health.model import ErrorReply, Reply
from redis_health.replies import NotResp

_NO_NOTIFICATIONS = MaintNotificationsConfig(enabled=False)


class RawError(ResponseError):
    """An error reply with its words untouched; redis-py would take off the code word."""


class _Parser(_AsyncHiredisParser):
    """Keeps the words of error replies for our own taxonomy."""

    @classmethod
    def parse_error(cls, response: str) -> RawError:
        """Called by hiredis for every error reply."""
        return RawError(response)


class Connection(AbstractConnection):
    """An open connection; it does not retry, does not announce itself and has no time-outs.

    Deadlines are the caller's (``Deadline``), who aborts the connection when one passes: after it
    a late reply would be taken for the answer to the next question.
    """

    def __init__(self, *, resp: int) -> None:
        super().__init__(
            socket_timeout=None,
            socket_connect_timeout=None,
            driver_info=None,
            maint_notifications_config=_NO_NOTIFICATIONS,
            protocol=resp,
            parser_class=_Parser,
        )
        self._stream: Stream | None = None

    async def open(
        self,
        sock: Any,
        *,
        context: ssl.SSLContext | None,
        server_name: str | None,
        lost: Callable[[], None],
    ) -> None:
        """Takes over a connected socket, with a TLS handshake when a context is given."""
        loop = asyncio.get_running_loop()
        self._stream = Stream(lost)
        protocol = asyncio.StreamReaderProtocol(self._stream, loop=loop)
        transport, _ = await loop.create_connection(
            lambda: protocol, sock=sock, ssl=context, server_hostname=server_name
        )
        self._reader = self._stream
        self._writer = asyncio.StreamWriter(transport, protocol, self._stream, loop)
        self._parser.on_connect(self)  # type: ignore[no-untyped-call]

    async def ask(self, commands: Sequence[Sequence[str | int]]) -> list[Reply]:
        """Sends the commands in one write and returns their replies; errors are ErrorReply.

        Raises:
            OSError: the connection broke.
            NotResp: the peer does not speak RESP.
        """
        if self._stream is None or not self.is_connected:
            raise ConnectionResetError("the connection is closed")
        first = self._stream
        try:
            await self.send_packed_command(self.pack_commands(commands), check_health=False)
            return [await self._reply(first) for _ in commands]
        except InvalidResponse as error:
            raise NotResp(first.first) from error
        except RedisError as error:
            # redis-py wraps what the socket said; the taxonomy wants the original.
            cause = error.__cause__ or error.__context__
            if isinstance(cause, OSError | NotResp):
                raise cause from error
            raise ConnectionResetError("closed by the server") from error

    async def _reply(self, stream: Stream) -> Reply:
        stream.expect_reply()
        try:
            reply: Reply = await self.read_response()
        except RawError as error:
            return ErrorReply(str(error))
        return reply

    def tls(self) -> ssl.SSLObject | None:
        """The TLS session, None on a plaintext connection."""
        return self._writer.get_extra_info("ssl_object") if self._writer else None

    def abort(self) -> None:
        """Closes at once, without a farewell that a frozen peer would have to answer."""
        self._parser.on_disconnect()  # type: ignore[no-untyped-call]
        if self._stream is not None:
            self._stream.forget()
        if self._writer is not None:
            self._writer.transport.abort()
        self._reader = self._writer = None

    def _host_error(self) -> str:
        return "redis"

    def repr_pieces(self) -> list[tuple[str, object]]:
        """For redis-py's repr; nothing here is secret."""
        return []

    async def _connect(self) -> None:
        raise NotImplementedError("connections are opened by the dialer")

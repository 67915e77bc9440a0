"""One connection to Redis: redis-py's packing and hiredis parsing over our own stream."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import Callable, Sequence
from typing import Any

from redis._parsers import _AsyncHiredisParser
from redis.asyncio.connection import AbstractConnection
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import InvalidResponse, ResponseError
from redis.maint_notifications import MaintNotificationsConfig

from redis_health.client.stream import Stream
from redis_health.errors import OwnFault
from redis_health.model import Argument, ErrorReply, Reply
from redis_health.replies import NotResp, SpokeUnasked

#: hiredis's words for it, which it has no error of its own for.
_NO_MEMORY = "Out of memory"
_NO_NOTIFICATIONS = MaintNotificationsConfig(enabled=False)
#: What is answered with a line for each client, with all fields of each primary, with the names of
#: keys, or with entries, groups and consumers of streams.
_LARGE = frozenset(
    {"CLIENT LIST", "SENTINEL MASTERS", "SCAN", "XINFO STREAM", "XINFO GROUPS", "XINFO CONSUMERS"}
)
#: Characters of an error reply that are kept: Redis says less, and refusals are remembered.
_ERROR_LENGTH = 500


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

    _parser: _Parser

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
        self._asked = False

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

    async def ask(self, commands: Sequence[Sequence[Argument]]) -> list[Reply]:
        """Sends the commands in one write and returns their replies; errors are ErrorReply.

        Raises:
            OSError: the connection broke.
            NotResp: the peer does not speak RESP.
            OwnFault: this process has no memory for the reply.
        """
        stream, writer = self._stream, self._writer
        if stream is None or writer is None:
            raise ConnectionResetError("the connection is closed")
        if await self._spoke_unasked():
            raise ConnectionResetError("closed") if stream.at_eof() else SpokeUnasked(stream.first)
        stream.expects(large=any(_name(command) in _LARGE for command in commands))
        writer.writelines(self.pack_commands(commands))
        # Not told here that the peer has gone: it may have said why, and reading finds both.
        with contextlib.suppress(OSError):
            await writer.drain()
        replies: list[Reply] = []
        for _ in commands:
            try:
                replies.append(await self._reply(stream))
            except OSError:
                # An error and then the end: the peer's last word is for all that we asked.
                if not replies or not isinstance(replies[-1], ErrorReply):
                    raise
                replies.append(replies[-1])
        self._asked = True
        return replies

    async def _reply(self, stream: Stream) -> Reply:
        try:
            reply: Reply = await self._parser.read_response()
        except RedisConnectionError as error:
            raise ConnectionResetError("closed by the server") from error
        except (InvalidResponse, LookupError, TypeError, ValueError) as error:
            if str(error) == _NO_MEMORY:
                raise OwnFault("the service has no memory for the reply") from error
            # Beside the first: keys that cannot be hashed, pushes with an odd name or none.
            raise NotResp(stream.first) from error
        stream.reply_taken()
        return ErrorReply(str(reply)[:_ERROR_LENGTH]) if isinstance(reply, RawError) else reply

    async def listen(self) -> None:
        """Waits until the peer says something, or closes, without being asked.

        Raises:
            OSError: the connection broke; in TLS that is where an alert shows.
        """
        assert self._stream is not None
        await self._stream.read(1)

    async def _spoke_unasked(self) -> bool:
        # Taken for a reply it would shift all later replies by one. Only before the first question
        # is it a greeting: why we are not let in.
        if not self._asked:
            return False
        return await self._parser.can_read()

    def tls(self) -> ssl.SSLObject | None:
        """The TLS session, None on a plaintext connection."""
        return self._writer.get_extra_info("ssl_object") if self._writer else None

    def peer(self) -> str | None:
        """The IP address of the server's end; None on a unix socket, and when it is closed."""
        name = self._writer.get_extra_info("peername") if self._writer else None
        return str(name[0]) if isinstance(name, tuple) else None

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


def _name(command: Sequence[Argument]) -> str:
    """The command and its subcommand, where it has one."""
    return " ".join(word for word in command[:2] if isinstance(word, str))

"""One client's connection, with the deadlines that aiohttp leaves open."""

from __future__ import annotations

import asyncio
import re
from http import HTTPStatus
from typing import cast

import structlog
from aiohttp import hdrs, web
from aiohttp.http_exceptions import BadHttpMethod

from redis_health.web.crowd import Crowd
from redis_health.web.responses import plain, secured
from redis_health.web.wording import one_line

_log = structlog.get_logger(__name__)

#: Seconds for which an idle connection is kept: longer than a scrape interval of one minute.
KEEPALIVE = 75.0
#: Seconds for which the body of a request is taken in, so that its client reads the answer. Nobody
#: here reads a body: who sends a long one is cut off.
LINGER = 1.0
#: How the parser shows a request line that is in order but for the word for the method.
_UNKNOWN_METHOD = re.compile(r"""^\s*b['"][A-Z-]+ \S+ HTTP/1\.[01]['"]""", re.MULTILINE)


class Connection(web.RequestHandler):
    """A connection that is closed when its client takes longer than ``patience`` seconds.

    That is: for a complete request head, from its first byte or from the start, and for taking a
    response off our hands. Clients that stop half way would use up the descriptors otherwise. It
    tells the crowd whether it waits for its client or its client for us.
    """

    __slots__ = ("_crowd", "_drain_deadline", "_head_deadline", "_patience", "_wire")

    def __init__(
        self,
        server: web.Server,
        *,
        loop: asyncio.AbstractEventLoop,
        crowd: Crowd,
        patience: float,
    ) -> None:
        super().__init__(
            server,
            loop=loop,
            keepalive_timeout=KEEPALIVE,
            lingering_time=min(LINGER, patience),
            # A small body may be a large one, compressed.
            auto_decompress=False,
            access_log=None,  # type: ignore[arg-type]
        )
        self._crowd = crowd
        self._patience = patience
        self._head_deadline: asyncio.TimerHandle | None = None
        self._drain_deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The first request is expected at once."""
        self._wire = cast("asyncio.Transport", transport)
        # Writing is paused while anything is left that the kernel has not taken. With 0 asyncio's
        # TLS would take the empty buffer for a full one.
        self._wire.set_write_buffer_limits(high=1)
        self._crowd.join(self._wire)
        self._expect_head()
        super().connection_made(transport)

    def data_received(self, data: bytes) -> None:
        """A request may have begun."""
        self._expect_head()
        super().data_received(data)

    def asked(self) -> None:
        """A request is there whose answer takes its time: its client has done its part."""
        self._stop_head_deadline()
        self._crowd.asked(self._wire)

    def answered(self) -> None:
        """A request is answered, so its head was there: the keep-alive timeout takes over."""
        self._stop_head_deadline()
        self._crowd.answered(self._wire)

    def _stop_head_deadline(self) -> None:
        if self._head_deadline is not None:
            self._head_deadline.cancel()
            self._head_deadline = None

    def _expect_head(self) -> None:
        if self._head_deadline is None:
            self._head_deadline = self._loop.call_later(self._patience, self._wire.abort)

    def pause_writing(self) -> None:
        """The client reads more slowly than it is answered."""
        super().pause_writing()
        self._drain_deadline = self._loop.call_later(self._patience, self._wire.abort)

    def resume_writing(self) -> None:
        """The client has caught up."""
        self._stop_drain_deadline()
        super().resume_writing()

    def connection_lost(self, exc: BaseException | None) -> None:
        """Nothing is waited for any more."""
        self._stop_head_deadline()
        self._stop_drain_deadline()
        self._crowd.leave(self._wire)
        super().connection_lost(exc)

    def _stop_drain_deadline(self) -> None:
        if self._drain_deadline is not None:
            self._drain_deadline.cancel()
            self._drain_deadline = None

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """One plain line, where no application is asked: for what is no HTTP request.

        Raises:
            ConnectionError: a response has begun, so that none can follow.
        """
        problem = one_line(message or str(exc))
        _log.debug("bad request", remote=request.remote, status=status, problem=problem)
        if request.writer.output_size > 0:
            raise ConnectionError("a response has begun")
        if isinstance(exc, BadHttpMethod) and _UNKNOWN_METHOD.search(exc.message):
            status = HTTPStatus.METHOD_NOT_ALLOWED
        response = plain([f"{int(status)}: {HTTPStatus(status).phrase}"], status=status)
        if status == HTTPStatus.METHOD_NOT_ALLOWED:
            response.headers[hdrs.ALLOW] = "GET,HEAD"
        secured(response)
        response.force_close()
        return response

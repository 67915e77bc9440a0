"""Serving an application on sockets that are open already."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import ExitStack, asynccontextmanager

from aiohttp import web

from redis_health.web.arrival import Terms, arrivals, spare_memory
from redis_health.web.connection import Connection
from redis_health.web.crowd import Crowd, most_connections
from redis_health.web.sockets import BACKLOG

#: Seconds that a client has for a TLS handshake, for a request head, and for reading a response.
PATIENCE = 10.0
#: Seconds for answers that are under way when serving ends. They come from memory.
SHUTDOWN = 1.0
#: Connections that are accepted at a time from one socket, so that the crowd is asked in between.
_ACCEPTS = 8


@asynccontextmanager
async def serving(
    app: web.Application,
    sockets: Sequence[socket.socket],
    *,
    patience: float = PATIENCE,
    most: int | None = None,
    terms: Callable[[], Terms] | None = None,
) -> AsyncIterator[None]:
    """Serve the application on the sockets while the context lasts; it closes them.

    ``patience`` is how many seconds a client may take for a request head and to read a response,
    ``most`` how many connections there may be, by default what memory and descriptors allow. With
    ``terms`` TLS is spoken; they are asked for anew for each connection.
    """
    app.on_response_prepare.append(_answered)
    loop = asyncio.get_running_loop()
    runner = web.AppRunner(app, shutdown_timeout=SHUTDOWN)
    crowd = Crowd(most_connections(tls=terms is not None) if most is None else most)

    def connection() -> asyncio.Protocol:
        return Connection(_server(runner), loop=loop, crowd=crowd, patience=patience)

    welcome: Callable[[], asyncio.Protocol] = connection
    if terms is not None:
        spare_memory()
        welcome = arrivals(terms, connection, crowd=crowd, patience=patience)
    with ExitStack() as opened:
        for listening in sockets:
            opened.callback(listening.close)
        await runner.setup()
        try:
            for listening in sockets:
                server = await loop.create_server(welcome, sock=listening, backlog=_ACCEPTS)
                opened.callback(server.close)
                # asyncio has one number for both; those who wait in the kernel cost nothing.
                listening.listen(BACKLOG)
            yield
        finally:
            # No new connections while the last answers go out.
            opened.close()
            await runner.cleanup()
            crowd.disperse()


def _server(runner: web.AppRunner) -> web.Server:
    assert runner.server is not None
    return runner.server


async def _answered(request: web.Request, _response: web.StreamResponse) -> None:
    if isinstance(request.protocol, Connection):
        request.protocol.answered()

"""Serving an application on sockets that are open already."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import ExitStack, asynccontextmanager

from aiohttp import web

from redis_health.web.connection import Connection
from redis_health.web.sockets import BACKLOG

#: Seconds that a client has for a request head, and for reading a response.
PATIENCE = 10.0
#: Seconds for answers that are under way when serving ends. They come from memory.
SHUTDOWN = 1.0


@asynccontextmanager
async def serving(
    app: web.Application, sockets: Sequence[socket.socket], *, patience: float = PATIENCE
) -> AsyncIterator[None]:
    """Serve the application on the sockets while the context lasts; it closes them.

    ``patience`` is how many seconds a client may take for a request head and to read a response.
    """
    app.on_response_prepare.append(_answered)
    loop = asyncio.get_running_loop()
    runner = web.AppRunner(app, shutdown_timeout=SHUTDOWN)
    with ExitStack() as opened:
        for listening in sockets:
            opened.callback(listening.close)
        await runner.setup()
        try:
            for listening in sockets:
                server = await loop.create_server(
                    lambda: Connection(_server(runner), loop=loop, patience=patience),
                    sock=listening,
                    backlog=BACKLOG,
                )
                opened.callback(server.close)
            yield
        finally:
            # No new connections while the last answers go out.
            opened.close()
            await runner.cleanup()


def _server(runner: web.AppRunner) -> web.Server:
    assert runner.server is not None
    return runner.server


async def _answered(request: web.Request, _response: web.StreamResponse) -> None:
    if isinstance(request.protocol, Connection):
        request.protocol.head_complete()

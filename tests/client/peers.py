"""Peers that are no Redis, or do what a Redis never does."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

from tests.certificates import Pair
from tests.resp import encode

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@contextlib.asynccontextmanager
async def peer(handler: Handler, port: int = 0, *, tls: Pair | None = None) -> AsyncIterator[int]:
    """A TCP server on the port that it gives; its connections end with the block."""
    context = None
    if tls is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(tls.cert, tls.key)
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        # The other side hangs up when it likes, and the end of the test cancels.
        with contextlib.suppress(ConnectionError, asyncio.CancelledError):
            await handler(reader, writer)
        writer.transport.abort()

    server = await asyncio.start_server(serve, "127.0.0.1", port, ssl=context)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def says(*chunks: bytes, stays: bool = False) -> Handler:
    """Answers the first bytes that come with these chunks, and hangs up unless it ``stays``."""

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        for chunk in chunks:
            writer.write(chunk)
            await writer.drain()
        if stays:
            await reader.read()
        elif chunks:
            writer.write_eof()
            await reader.read()

    return handler


def answers(reply: Callable[[list[str]], bytes]) -> Handler:
    """Speaks RESP: every command is answered with the bytes that ``reply`` gives.

    Where that is an OK to PING, it is PONG.
    """

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            words = []
            for _ in range(int(line[1:])):
                size = int((await reader.readline())[1:])
                words.append((await reader.readexactly(size + 2))[:-2].decode())
            said = reply(words)
            writer.write(b"+PONG\r\n" if words == ["PING"] and said == b"+OK\r\n" else said)

    return handler


def bulk(text: str) -> bytes:
    """A bulk string."""
    return encode(text).partition(b"\r\n")[2]


@contextlib.contextmanager
def full_backlog() -> Iterator[int]:
    """The port of a listener that the kernel accepts nothing more for: SYNs are dropped."""
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(4):
            client = stack.enter_context(socket.socket())
            client.setblocking(False)
            client.connect_ex(listener.getsockname())
        yield listener.getsockname()[1]

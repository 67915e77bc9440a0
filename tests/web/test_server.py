"""Serving on real sockets, to clients that behave and to clients that do not."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from redis_health.config import Listen
from redis_health.web import bind, create_app, serving
from tests.web.stub import service

GET = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
HALF = b"GET /healthz HTTP/1.1\r\nHost: x\r\n"
#: Long enough for a request on a busy machine.
PATIENCE = 0.5
#: Far longer than anything here may take.
DEADLINE = 20.0


@asynccontextmanager
async def listening(
    app: web.Application | None = None, *, patience: float = PATIENCE
) -> AsyncIterator[int]:
    sockets = bind([Listen(None, 0)])
    port: int = sockets[0].getsockname()[1]
    async with serving(app or create_app(service()), sockets, patience=patience):
        yield port


class Client:
    """A connection on which the test says byte by byte what is sent."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def answer(self) -> bytes:
        """The next response in full."""
        head = await self.reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        return head + await self.reader.readexactly(length)

    async def rest(self) -> bytes:
        """All that comes until the server closes."""
        return await self.reader.read()


@asynccontextmanager
async def connected(port: int, host: str = "127.0.0.1") -> AsyncIterator[Client]:
    reader, writer = await asyncio.open_connection(host, port)
    try:
        async with asyncio.timeout(DEADLINE):
            yield Client(reader, writer)
    finally:
        writer.close()


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
async def test_every_socket_is_served(host: str) -> None:
    async with listening() as port, connected(port, host) as client:
        await client.send(GET)
        answer = await client.answer()
        assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
        assert answer.endswith(b'\r\n\r\n{"status":"ok"}')


@pytest.mark.parametrize(
    "sent", [b"", b"G", HALF, HALF + b"X: y\r\n", GET + HALF], ids=lambda sent: f"{len(sent)}B"
)
async def test_half_a_request_head_has_its_time(sent: bytes) -> None:
    async with listening() as port, connected(port) as client:
        started = asyncio.get_running_loop().time()
        await client.send(sent)
        if sent.startswith(GET):
            await client.answer()
            # What came along with a whole request is counted from its next byte.
            await client.send(b"X")
        assert await client.rest() == b""
        assert asyncio.get_running_loop().time() - started > PATIENCE / 2


async def test_a_head_that_trickles_has_no_more_time() -> None:
    async with listening() as port, connected(port) as client:
        await client.send(HALF + b"X-Slow: ")
        closing = asyncio.ensure_future(client.rest())
        while not closing.done():
            client.writer.write(b"x")
            await asyncio.wait([closing], timeout=PATIENCE / 20)
        # What was on its way when the server closed makes it a reset.
        with contextlib.suppress(ConnectionResetError):
            assert closing.result() == b""


async def test_a_connection_between_requests_is_kept() -> None:
    async with listening() as port, connected(port) as kept:
        await kept.send(GET)
        await kept.answer()
        async with connected(port) as other:
            # Its patience begins later, so that of the first one has passed when it is closed.
            assert await other.rest() == b""
        await kept.send(GET)
        assert (await kept.answer()).startswith(b"HTTP/1.1 200 OK\r\n")


class Endless:
    """An application with a response that is too large for the kernel's buffers."""

    def __init__(self) -> None:
        self.asked = 0
        self.closed = asyncio.Event()
        self.app = web.Application()
        self.app.router.add_get("/", self.answer)

    async def answer(self, request: web.Request) -> web.Response:
        self.asked += 1
        # This task serves the connection and lasts as long.
        request.task.add_done_callback(lambda _task: self.closed.set())
        return web.Response(body=bytes(16 * 2**20))


@pytest.mark.parametrize("requests", [1, 100])
async def test_a_client_that_reads_nothing_is_given_up(requests: int) -> None:
    endless = Endless()
    async with listening(endless.app) as port:
        with socket.create_connection(("127.0.0.1", port)) as client:
            client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n" * requests)
            async with asyncio.timeout(DEADLINE):
                await endless.closed.wait()
    # The next one is not answered into memory before the first has gone out.
    assert endless.asked == 1


async def test_a_client_that_reads_gets_everything() -> None:
    endless = Endless()
    async with listening(endless.app, patience=DEADLINE) as port, connected(port) as client:
        await client.send(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert len(await client.answer()) > 16 * 2**20


async def test_a_response_that_breaks_off_ends_the_connection() -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(b"half")
        raise RuntimeError("no")

    app = web.Application()
    app.router.add_get("/", answer)
    async with listening(app, patience=DEADLINE) as port, connected(port) as client:
        await client.send(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert (await client.rest()).endswith(b"\r\n\r\n4\r\nhalf\r\n")


@pytest.mark.parametrize(
    "nonsense",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        b"*1\r\n$4\r\nPING\r\n",
        b"GET / HTTP/1.1\r\nHost x\r\n\r\n",
        b"GET /" + b"x" * 10000 + b" HTTP/1.1\r\n\r\n",
        GET[:-2] + b"X: " + b"x" * 10000 + b"\r\n\r\n",
    ],
    ids=["TLS", "RESP", "no header", "long path", "long header"],
)
async def test_what_is_no_request_gets_one_plain_line(
    nonsense: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    async with listening() as port, connected(port) as client:
        await client.send(nonsense)
        head, _, body = (await client.rest()).partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    assert lines[0].startswith(b"HTTP/1.")
    assert b" 400 " in lines[0]
    assert b"Server: redis-health" in lines
    assert b"Cache-Control: no-store" in lines
    assert b"Content-Type: text/plain; charset=utf-8" in lines
    assert body == b"400: Bad Request\n"
    # A port scanner does not fill the log.
    assert caplog.records == []


async def test_the_end_closes_the_sockets_and_idle_connections() -> None:
    async with listening(patience=DEADLINE) as port:
        clients = contextlib.AsyncExitStack()
        idle = await clients.enter_async_context(connected(port))
        await idle.send(GET)
        await idle.answer()
        half = await clients.enter_async_context(connected(port))
        await half.send(HALF)
    async with clients:
        assert await idle.rest() == b""
        assert await half.rest() == b""
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", port)


async def test_an_answer_that_is_under_way_goes_out_at_the_end() -> None:
    asked, go_on = asyncio.Event(), asyncio.Event()

    async def answer(_request: web.Request) -> web.Response:
        asked.set()
        await go_on.wait()
        return web.Response(text="done")

    app = web.Application()
    app.router.add_get("/", answer)
    async with contextlib.AsyncExitStack() as clients:
        async with listening(app, patience=DEADLINE) as port:
            client = await clients.enter_async_context(connected(port))
            await client.send(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            await asked.wait()
            asyncio.get_running_loop().call_soon(go_on.set)
        assert (await client.answer()).endswith(b"\r\n\r\ndone")
        assert await client.rest() == b""


async def test_a_start_that_fails_leaves_no_socket_open() -> None:
    async def broken(_app: web.Application) -> None:
        raise RuntimeError("no")

    app = create_app(service())
    app.on_startup.append(broken)
    sockets = bind([Listen(None, 0)])
    with pytest.raises(RuntimeError, match="no"):
        async with serving(app, sockets):
            pytest.fail("serving began")
    assert [listening.fileno() for listening in sockets] == [-1, -1]

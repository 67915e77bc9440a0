"""A server between the service and a real Redis that answers some commands with lies."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Callable
from types import TracebackType
from typing import Self

from tests.resp import encode

#: What is said instead of the truth, piece by piece; None tells the truth.
Said = AsyncIterator[bytes] | bytes | None
Lie = Callable[[list[str]], Said]


def honest(_words: list[str]) -> Said:
    """The truth."""
    return None


class Liar:
    """Listens while the context lasts; ``lie`` may be changed at any time.

    ``told`` counts the lies. A connection that has heard one is closed when the lie changes.
    """

    def __init__(self, backend: int) -> None:
        self.port = 0
        self.told = 0
        self._backend = backend
        self._lie: Lie = honest
        self._greeting: bytes = b""
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._tasks: set[asyncio.Task[None]] = set()

    def __enter__(self) -> Self:
        self._thread.start()
        starting = asyncio.start_server(self._serve, "127.0.0.1", 0)
        self._server = asyncio.run_coroutine_threadsafe(starting, self._loop).result(5)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(5)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()

    def tell(self, lie: Lie, *, greeting: bytes = b"") -> None:
        """From now on this is told, after the greeting; who is connected is hung up on."""
        asyncio.run_coroutine_threadsafe(self._change(lie, greeting), self._loop).result(5)

    async def _change(self, lie: Lie, greeting: bytes) -> None:
        self._lie, self._greeting, self.told = lie, greeting, 0
        for task in self._tasks:
            task.cancel()

    async def _close(self) -> None:
        self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            with contextlib.suppress(OSError, asyncio.CancelledError, asyncio.IncompleteReadError):
                await self._converse(reader, writer)
        finally:
            self._tasks.discard(task)
            writer.transport.abort()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        true_reader, true_writer = await asyncio.open_connection(
            "127.0.0.1", self._backend, limit=2**24
        )
        try:
            writer.write(self._greeting)
            while line := await reader.readline():
                words = [await _word(reader) for _ in range(int(line[1:]))]
                said = self._lie(words)
                if said is None:
                    true_writer.write(encode(*words))
                    writer.write(await _reply(true_reader))
                    continue
                self.told += 1
                if isinstance(said, bytes):
                    writer.write(said)
                    continue
                async for piece in said:
                    writer.write(piece)
                    await writer.drain()
                    await asyncio.sleep(0)
        finally:
            true_writer.transport.abort()


async def _word(reader: asyncio.StreamReader) -> str:
    size = int((await reader.readline())[1:])
    return (await reader.readexactly(size + 2))[:-2].decode("utf-8", "surrogateescape")


async def _reply(reader: asyncio.StreamReader) -> bytes:
    line = await reader.readline()
    if line[:1] == b"$" and line != b"$-1\r\n":
        return line + await reader.readexactly(int(line[1:]) + 2)
    if line[:1] == b"*":
        return line + b"".join([await _reply(reader) for _ in range(max(0, int(line[1:])))])
    return line

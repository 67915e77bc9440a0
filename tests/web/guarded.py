"""The service on real sockets behind a web configuration, and clients for it."""

from __future__ import annotations

import asyncio
import base64
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import bcrypt

from redis_health.config import Listen
from redis_health.config.web_config import read_web_config
from redis_health.web import Service, bind, create_app, serving
from redis_health.web.guard import Guard
from tests.web.stub import service

#: Far longer than anything here may take.
DEADLINE = 20.0
#: The cheapest that bcrypt has: four milliseconds.
COST = 4


def hashed(password: str, *, cost: int = COST) -> str:
    return bcrypt.hashpw(password.encode(), bcrypt.gensalt(cost)).decode()


def login(user: str, password: str) -> dict[str, str]:
    encoded = base64.b64encode(f"{user}:{password}".encode()).decode()
    return {"Authorization": f"Basic {encoded}"}


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


@dataclass(frozen=True, slots=True)
class Guarded:
    """A service that is served; ``guard`` is what stands before it."""

    port: int
    guard: Guard
    reload: asyncio.Event

    async def get(
        self,
        path: str,
        headers: Mapping[str, str] | None = None,
        *,
        method: str = "GET",
        tls: ssl.SSLContext | None = None,
    ) -> Answer:
        """One request on a connection of its own."""
        lines = [f"{method} {path} HTTP/1.1", "Host: x", "Connection: close"]
        lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
        async with asyncio.timeout(DEADLINE):
            got = await exchange(self.port, "\r\n".join([*lines, "", ""]).encode(), tls=tls)
        return parsed(got)


def parsed(got: bytes) -> Answer:
    head, _, body = got.partition(b"\r\n\r\n")
    status, *fields = head.decode().split("\r\n")
    headers = dict(field.split(": ", 1) for field in fields)
    return Answer(int(status.split()[1]), headers, body)


async def exchange(port: int, sent: bytes, *, tls: ssl.SSLContext | None = None) -> bytes:
    """All that comes back until the server closes."""
    name = "localhost" if tls else None
    reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=tls, server_hostname=name)
    try:
        writer.write(sent)
        return await reader.read()
    finally:
        writer.close()


@asynccontextmanager
async def guarded(
    file: Path, *, judged: Service | None = None, patience: float = DEADLINE
) -> AsyncIterator[Guarded]:
    """The service behind the configuration that the file has."""
    reload = asyncio.Event()
    guard = Guard(read_web_config(file, name="--web.config.file"), asked=reload)
    sockets = bind([Listen("127.0.0.1", 0)])
    port: int = sockets[0].getsockname()[1]
    app = create_app(judged or service(), guard=guard)
    async with guard, serving(app, sockets, patience=patience, terms=guard.terms):
        yield Guarded(port, guard, reload)

"""What this process lacks is never blamed on Redis."""

from __future__ import annotations

import contextlib
import os
import resource
from collections.abc import Iterator
from pathlib import Path

import pytest

from redis_health.errors import OwnFault
from redis_health.model import Target, TLSSettings
from tests.certificates import Certificates
from tests.client.sessions import session_of, soon, target_of
from tests.servers import RedisServer


@contextlib.contextmanager
def no_descriptors() -> Iterator[None]:
    """Inside the block this process can open nothing."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    taken = []
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, hard))
    try:
        with contextlib.suppress(OSError):
            while True:
                taken.append(os.dup(0))
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        for descriptor in taken:
            os.close(descriptor)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "redis.invalid"])
async def test_a_dial_without_descriptors(server: RedisServer, host: str) -> None:
    async with session_of(target_of(server, host=host)) as session:
        with no_descriptors(), pytest.raises(OwnFault, match="Too many open files"):
            await session.dial(soon())
        if host != "redis.invalid":
            await session.dial(soon())


async def test_a_unix_socket_without_descriptors(server: RedisServer) -> None:
    async with session_of(Target(path=str(server.socket_path))) as session:
        with no_descriptors(), pytest.raises(OwnFault, match="Too many open files"):
            await session.dial(soon())


async def test_the_kept_connection_needs_none(server: RedisServer) -> None:
    async with session_of(target_of(server)) as session:
        await session.command(("PING",), soon())
        with no_descriptors():
            assert (await session.command(("PING",), soon()))[0] == b"PONG"


async def test_files_that_cannot_be_opened_for_lack_of_descriptors(
    server: RedisServer, tmp_path: Path, certificates: Certificates
) -> None:
    file = tmp_path / "password"
    file.write_text("secret")
    by_file = target_of(server, password_file=str(file))
    by_tls = target_of(server, tls=TLSSettings(ca_file=str(certificates.ca)))
    async with session_of(by_tls) as session:
        with no_descriptors(), pytest.raises(OwnFault, match="TLS files: Too many open files"):
            await session.dial(soon())
    async with session_of(by_file) as session:
        with _room_for(1), pytest.raises(OwnFault, match="password file: Too many open files"):
            await session.dial(soon())


@contextlib.contextmanager
def _room_for(descriptors: int) -> Iterator[None]:
    """Room for the connection, and none for the file that is read after it."""
    with no_descriptors():
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft + descriptors, hard))
        yield

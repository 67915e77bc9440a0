"""The way to a target: its addresses, and a connected socket."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

from redis_health.client.deadline import Deadline
from redis_health.client.resolver import Addresses, Resolver
from redis_health.model import Target

#: Seconds between two tries to get into the full queue of a unix socket.
_AGAIN = 0.02


class Reach:
    """Reaches one target, over TCP or through its unix socket."""

    def __init__(self, target: Target) -> None:
        self._path = target.path
        self._resolver = None
        if target.path is None:
            self._resolver = Resolver(target.host, target.port, pinned=target.addresses)

    async def addresses(self) -> Addresses:
        """The addresses of the host, none for a unix socket.

        Raises:
            OSError: the host does not resolve.
            OwnFault: this process could not ask.
        """
        return await self._resolver.addresses() if self._resolver else ()

    async def socket(self, addresses: Addresses, deadline: Deadline) -> socket.socket:
        """A connected socket: the first of the addresses that accepts.

        Raises:
            OSError: none does.
        """
        if self._path is not None:
            return await _connected_locally(self._path)
        clock = asyncio.get_running_loop().time
        errors: list[OSError] = []
        for tried, (family, address) in enumerate(addresses):
            # An address that swallows packets must leave time for those after it.
            share = (deadline.at - clock()) / (len(addresses) - tried)
            try:
                async with asyncio.timeout(share if tried < len(addresses) - 1 else None):
                    return await _connected(family, address)
            except OSError as error:
                errors.append(error)
        # A machine without IPv6 fails on ::1 in its own way: the last address tells more.
        raise next((e for e in errors if isinstance(e, ConnectionRefusedError)), errors[-1])


async def _connected_locally(path: str) -> socket.socket:
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        sock.setblocking(False)
        while True:
            try:
                sock.connect(path)
            except BlockingIOError:
                # The listener's queue is full. Nobody tells when it is not: the event loop would
                # take the socket for connected at once.
                await asyncio.sleep(_AGAIN)
            else:
                return sock
    except BaseException:
        sock.close()
        raise


async def _connected(family: int, address: tuple[Any, ...]) -> socket.socket:
    loop = asyncio.get_running_loop()
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        await loop.sock_connect(sock, address)
    except BaseException:
        sock.close()
        raise
    return sock

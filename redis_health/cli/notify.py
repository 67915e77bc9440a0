"""Tells systemd how the service does, as its sd_notify(3) has it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from collections.abc import AsyncIterator, Callable, Sequence

#: What systemd asks of a service with a watchdog: two signs of life in each period.
_SIGNS = 2


@contextlib.asynccontextmanager
async def notified(stuck: Callable[[], Sequence[str]]) -> AsyncIterator[None]:
    """READY as the context begins, STOPPING as it ends, and WATCHDOG in between.

    A sign of life comes from the event loop and only while nothing is ``stuck``, as with /livez:
    systemd restarts a service that makes no progress. Without NOTIFY_SOCKET nothing happens.
    """
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        yield
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as channel:
        channel.setblocking(False)
        # In the abstract namespace a name begins with a zero byte, which no variable can hold.
        where = f"\0{address[1:]}" if address.startswith("@") else address
        _tell(channel, where, "READY=1")
        feeding = asyncio.create_task(_feed(channel, where, stuck), name="watchdog")
        try:
            yield
        finally:
            feeding.cancel()
            _tell(channel, where, "STOPPING=1")


async def _feed(channel: socket.socket, where: str, stuck: Callable[[], Sequence[str]]) -> None:
    period = _period()
    while period is not None:
        if not stuck():
            _tell(channel, where, "WATCHDOG=1")
        await asyncio.sleep(period)


def _period() -> float | None:
    """Seconds between two signs of life, None where systemd does not wait for any from us."""
    microseconds = os.environ.get("WATCHDOG_USEC", "")
    if os.environ.get("WATCHDOG_PID", str(os.getpid())) != str(os.getpid()):
        return None
    seconds = int(microseconds) / 1e6 if microseconds.isdecimal() else 0.0
    return seconds / _SIGNS if seconds else None


def _tell(channel: socket.socket, where: str, state: str) -> None:
    # A manager that does not listen is no reason for the service to fail.
    with contextlib.suppress(OSError):
        channel.sendto(state.encode(), where)

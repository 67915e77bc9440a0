"""Names looked up for strangers: never more than a few at a time."""

from __future__ import annotations

import asyncio
from ipaddress import ip_address

from redis_health.client.resolver import Addresses, Resolver
from redis_health.config import Address, unmapped
from redis_health.errors import ScrapesExhausted

#: A look-up holds a thread until the resolver gives up, which may take it half a minute.
_MOST = 16


class Lookups:
    """Look-ups that are under way; whoever asks for the same name shares one."""

    def __init__(self) -> None:
        self._running: dict[str, asyncio.Task[Addresses]] = {}

    async def addresses(self, host: str, port: int) -> tuple[Address, ...]:
        """The addresses of the name, each once, as they would be dialled.

        Raises:
            OSError: it does not resolve.
            OwnFault: this process cannot ask.
            ScrapesExhausted: too many other names are being looked up.
        """
        task = self._running.get(host)
        if task is None:
            if len(self._running) >= _MOST:
                raise ScrapesExhausted("too many names are being looked up; try again")
            task = asyncio.create_task(Resolver(host, port).addresses(), name="lookup")
            self._running[host] = task
            task.add_done_callback(lambda ended: self._ended(host, ended))
        found = await asyncio.shield(task)
        addresses = (unmapped(ip_address(address[0])) for _, address in found)
        return tuple(dict.fromkeys(addresses))

    def close(self) -> None:
        """Waits for no answer any more."""
        for task in self._running.values():
            task.cancel()

    def _ended(self, host: str, task: asyncio.Task[Addresses]) -> None:
        del self._running[host]
        if not task.cancelled():
            # Whoever asked may have given up: an error that nobody waits for is no error.
            task.exception()

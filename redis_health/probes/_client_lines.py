"""The lines of CLIENT LIST."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from redis_health.info import number

#: Lines between two pauses, so that ten thousand clients do not hold up the event loop.
_SLICE = 500

Client = Mapping[str, str]


async def parse_clients(reply: str) -> Sequence[Client]:
    """One mapping for each client, field to value; parts that are no pair are left out."""
    clients: list[Client] = []
    for index, line in enumerate(reply.splitlines()):
        if index % _SLICE == _SLICE - 1:
            await asyncio.sleep(0)
        parts = (part.partition("=") for part in line.split(" "))
        fields = {name: value for name, equals, value in parts if equals}
        if "id" in fields:
            clients.append(fields)
    return clients


def amount(client: Client, field: str) -> float:
    """A number of a client's line; 0 where it has none."""
    return number(client, field) or 0.0

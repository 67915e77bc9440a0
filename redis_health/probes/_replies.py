"""Replies of Redis in either protocol, in one shape."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from redis_health.info import MAX_LINES


def text(reply: object) -> str:
    """A string reply; empty for anything else."""
    if isinstance(reply, bytes):
        return reply.decode("utf-8", "replace")
    return reply if isinstance(reply, str) else ""


def lines(reply: object) -> list[str]:
    """The lines of a string reply, the first ``MAX_LINES`` of them; none for anything else."""
    found = [line.rstrip("\r") for line in text(reply).split("\n", MAX_LINES)[:MAX_LINES]]
    return found if found[-1] else found[:-1]


def integer(reply: object) -> int | None:
    """An integer reply; None for anything else."""
    return reply if isinstance(reply, int) and not isinstance(reply, bool) else None


def items(reply: object) -> Sequence[object]:
    """An array reply; empty for anything else."""
    return reply if isinstance(reply, (list, tuple)) else ()


def pairs(reply: object) -> Iterator[tuple[object, object]]:
    """A map: a RESP3 map as such, or a RESP2 array of key, value, key, value."""
    if isinstance(reply, Mapping):
        yield from reply.items()
        return
    flat = items(reply)
    yield from zip(flat[::2], flat[1::2], strict=False)

"""The ``dbN`` lines of INFO keyspace, which list only databases that hold keys."""

from __future__ import annotations

from collections.abc import Mapping

from redis_health.info import count, parse_pairs
from redis_health.model import InfoReply

#: INFO names a database by a number of at most so many digits.
_MOST_DIGITS = 9


def databases(info: InfoReply) -> dict[int, dict[str, str]]:
    """The numbers of the databases that hold keys, with their pairs."""
    lines: Mapping[str, str] = info.sections.get("keyspace", {})
    return {
        int(name[2:]): parse_pairs(line)
        for name, line in lines.items()
        if name.startswith("db")
        and name[2:].isascii()
        and name[2:].isdecimal()
        and len(name) <= len("db") + _MOST_DIGITS
    }


def total(info: InfoReply, pair: str) -> int:
    """The sum of one number (``keys``, ``expires``) over all databases."""
    return sum(count(pairs, pair) for pairs in databases(info).values())

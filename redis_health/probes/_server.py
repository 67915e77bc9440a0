"""What INFO says about which server this is and how it stands."""

from __future__ import annotations

from collections.abc import Mapping

from redis_health.info import count, number
from redis_health.model import InfoReply

#: Of a number in a version; more would take long to convert, or could not be.
_MOST_DIGITS = 9


def version(info: InfoReply) -> tuple[int, ...]:
    """The Redis version that the server is compatible with; empty when it does not say."""
    return _parts(info.fields.get("redis_version", ""))


def valkey_version(info: InfoReply) -> tuple[int, ...]:
    """The version of Valkey; empty for any other server."""
    return _parts(info.fields.get("valkey_version", ""))


def _parts(text: str) -> tuple[int, ...]:
    parts: list[int] = []
    for part in text.split("."):
        if not part.isdecimal() or len(part) > _MOST_DIGITS:
            break
        parts.append(int(part))
    return tuple(parts)


def mode(info: InfoReply) -> str:
    """``standalone``, ``cluster`` or ``sentinel``; Valkey 9 renamed the field."""
    return info.fields.get("redis_mode", info.fields.get("server_mode", ""))


def is_sentinel(info: InfoReply) -> bool:
    """Whether the server is a Sentinel, which knows few commands and holds no data."""
    return mode(info) == "sentinel"


def is_primary(info: InfoReply) -> bool:
    """Whether INFO's ``role`` is ``master``."""
    return info.fields.get("role") == "master"


def server_time(info: InfoReply, *, now: float, wall: float) -> float:
    """Seconds since the epoch by the server's clock, or by ours where INFO does not tell it.

    ``now`` (monotonic) and ``wall`` are this host's.
    """
    stamp = number(info.fields, "server_time_usec")
    if stamp is None:
        return wall
    return stamp / 1e6 + max(0.0, now - info.observed)


def replaced(info: InfoReply, last: Mapping[str, object]) -> bool:
    """Whether another process answers than in the last round (fact ``run_id``)."""
    before = last.get("run_id")
    return before is not None and before != info.fields.get("run_id")


def silence(info: InfoReply, last: Mapping[str, object]) -> float:
    """Seconds since the last round (fact ``seen``); 0 when there was none."""
    seen = last.get("seen")
    return info.observed - seen if isinstance(seen, float) else 0.0


def restarted(info: InfoReply, last: Mapping[str, object]) -> bool:
    """Whether the process that answers began since the last round (fact ``seen``).

    When it is older, the address leads to another server now.
    """
    # INFO counts whole seconds, and its clock ticks by itself.
    return count(info.fields, "uptime_in_seconds") <= silence(info, last) + 2.0

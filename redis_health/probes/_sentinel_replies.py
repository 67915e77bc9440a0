"""Replies of Sentinels, read into what they mean. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from redis_health.model import ErrorReply
from redis_health.probes._replies import pairs, text

#: How CKQUORUM begins its refusals; what follows is shown.
_REFUSAL = re.compile(r"NOQUORUM .*")
_USABLE = re.compile(r"\b(\d{1,6}) usable")
_MESSAGE_LENGTH = 200
_DOWN = ("o_down", "s_down")


@dataclass(frozen=True, slots=True)
class Quorum:
    """What CKQUORUM says: whether a failover would be possible, by how many, and its words."""

    reached: bool
    usable: int | None
    message: str


def quorum_of(reply: object) -> Quorum | None:
    """What the reply to CKQUORUM says; None for one that says nothing of a quorum.

    A quorum that is not there is told by an error reply.
    """
    words = text(reply)
    refusal = _REFUSAL.search(reply.text) if isinstance(reply, ErrorReply) else None
    if refusal is not None:
        words = refusal[0]
    elif not words:
        return None
    usable = _USABLE.search(words)
    return Quorum(refusal is None, int(usable[1]) if usable else None, words[:_MESSAGE_LENGTH])


def fields_of(reply: object) -> dict[str, str]:
    """The fields of an instance, as SENTINEL MASTER and its like give them."""
    return {text(name): text(value) for name, value in pairs(reply)}


def down_flags(fields: Mapping[str, str]) -> tuple[str, ...]:
    """Of ``o_down`` and ``s_down``, those that the instance has."""
    flags = fields.get("flags", "").split(",")
    return tuple(flag for flag in _DOWN if flag in flags)


def in_words(flags: tuple[str, ...]) -> str:
    """The flags as Sentinel's log writes them: ``odown and sdown``."""
    return " and ".join(flag.replace("_", "") for flag in flags)


def is_promotable(replica: object) -> bool:
    """Whether a failover could take this replica, out of the reply to SENTINEL SLAVES."""
    fields = fields_of(replica)
    out = down_flags(fields) or "disconnected" in fields.get("flags", "").split(",")
    return not out and fields.get("slave-priority") != "0"

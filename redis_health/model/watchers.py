"""The Sentinels that watch over a Redis: who they are, and what may be asked of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from redis_health.model.conditions import Failure
from redis_health.model.target import Target


@dataclass(frozen=True, slots=True, kw_only=True)
class Watchers:
    """The Sentinels of one Redis.

    ``primary`` is the name under which they watch it; None where they are to tell.
    """

    sentinels: tuple[Target, ...]
    primary: str | None = None


@dataclass(frozen=True, slots=True)
class WatcherAnswer:
    """What one Sentinel, at the address ``where``, answered.

    ``replies`` are in the order of the questions, ErrorReply for errors; with a ``failure`` there
    are none.
    """

    where: str
    replies: tuple[object, ...] = ()
    failure: Failure | None = None


class WatcherReader(Protocol):
    """What a probe may ask of the Sentinels, within the deadline of its round."""

    @property
    def primary(self) -> str | None:
        """The name under which they watch, None where they are to tell."""

    @property
    def target(self) -> tuple[str, int] | None:
        """Host and port by which we reach our Redis; None for a unix socket."""

    async def ask(self, *commands: Sequence[str | int]) -> Sequence[WatcherAnswer]:
        """One round trip to each of them, all at the same time.

        One that fails is told so in its answer. OwnFault where it is us who failed.
        """

    async def resolve(self, host: str) -> frozenset[str]:
        """The IP addresses of a host; empty where none is found in time."""

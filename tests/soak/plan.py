"""How much of everything a soak does."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Self

#: Minutes that the full counts take.
FULL_MINUTES = 40.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """The full soak; ``scaled`` makes it shorter.

    The first group happens to Redis, one event after the other; the second to the service, all the
    time and side by side.
    """

    restarts: int = 500
    rotations: int = 100
    failovers: int = 40
    freezes: int = 40
    service_freezes: int = 40
    kills: int = 60
    pauses: int = 20
    squeezes: int = 20

    scrapes: int = 100_000
    pages: int = 20_000
    targets: int = 5_000
    aborted: int = 10_000

    def scaled(self, part: float) -> Self:
        """So big a part of everything, and at least one of each."""
        scaled = {kind: max(1, round(count * part)) for kind, count in asdict(self).items()}
        return type(self)(**scaled)

    def less(self, done: Self) -> Self:
        """What is left of it, at least one of each."""
        minus = asdict(done)
        return type(self)(**{k: max(1, count - minus[k]) for k, count in asdict(self).items()})

    @classmethod
    def within(cls, minutes: float) -> Self:
        """What so many minutes have room for; never more than the full counts."""
        return cls().scaled(min(1.0, minutes / FULL_MINUTES))

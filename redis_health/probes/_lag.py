"""How old the data of a replica are: its offset, and when the primary stood there. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from redis_health.info import number
from redis_health.model import Fact, InfoReply

#: Seconds for which the primary's offsets are remembered: no limit for a lag should be longer.
_REMEMBERED = 300.0
#: Of these, at most; one a second or fewer.
_MOST = 300
_APART = 1.0
_FACT = "offsets"


@dataclass(frozen=True, slots=True)
class Offsets:
    """Where the primary stood in its stream ``replid``: moments (monotonic) and bytes, in order."""

    replid: str
    points: tuple[tuple[float, float], ...] = ()

    def behind(self, offset: float, *, now: float) -> tuple[float, float]:
        """Seconds and bytes by which a replica at this offset is behind; at least so many.

        A replica acknowledges once a second: whoever stands where the primary stood in the round
        before is not behind.
        """
        if len(self.points) < 2 or offset >= self.points[-2][1]:
            return 0.0, 0.0
        reached = [at for at, place in self.points if place <= offset]
        since = reached[-1] if reached else self.points[0][0]
        return now - since, self.points[-1][1] - offset


def offsets(info: InfoReply, last: Mapping[str, object]) -> Offsets:
    """The offsets with that of this INFO; another stream begins anew."""
    replid, offset = info.fields.get("master_replid", ""), number(info.fields, "master_repl_offset")
    kept = last.get(_FACT)
    before = kept if isinstance(kept, Offsets) and kept.replid == replid else Offsets(replid)
    if offset is None:
        return before
    points = [point for point in before.points if info.observed - point[0] <= _REMEMBERED]
    if points and offset < points[-1][1]:
        points = []
    if len(points) > 1 and points[-1][0] - points[-2][0] < _APART:
        # Asked more often than replicas acknowledge.
        points.pop()
    return Offsets(replid, (*points, (info.observed, offset))[-_MOST:])


def facts(known: Offsets) -> Iterable[Fact]:
    """What the next round has to know."""
    yield Fact(_FACT, known)

"""Which Sentinels are given up: one that was well may miss a round or two."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from redis_health.model import Fact, Nature, Reader
from redis_health.model.policy import FALL
from redis_health.probes._sentinels_views import View

_FACT = "streaks"


@dataclass(frozen=True, slots=True)
class Doubts:
    """How often in a row each Sentinel has failed, by its address; 0 for one that answered."""

    streaks: Mapping[str, int]

    def given_up(self, view: View) -> bool:
        """Whether this one is lost, and not merely late."""
        if not view.lost:
            return False
        nature = Nature.REPLY if view.failure is None else view.failure.nature
        return self.streaks[view.where] >= FALL[nature]


def counted(reader: Reader, views: Sequence[View]) -> Doubts:
    """The count with this round. One that has never answered gets no benefit of the doubt."""
    kept = reader.last.get(_FACT)
    before = kept.streaks if isinstance(kept, Doubts) else {}
    never = max(FALL.values())
    return Doubts(
        {view.where: 1 + before.get(view.where, never) if view.lost else 0 for view in views}
    )


def facts(doubts: Doubts) -> Iterable[Fact]:
    """What the next round has to know."""
    yield Fact(_FACT, doubts)

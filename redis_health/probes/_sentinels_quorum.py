"""Whether the Sentinels could fail over, and which of them are of no use. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from redis_health.model import Item, Sample
from redis_health.probes import _sentinels_declared as declared
from redis_health.probes._sentinel_conditions import NOQUORUM, TILT, no_quorum
from redis_health.probes._sentinels_doubt import Doubts
from redis_health.probes._sentinels_views import View, agreed
from redis_health.probes._words import plural
from redis_health.replies import condition_of

#: What is told of one that is not at work, as far as the others can be expected to see the same.
#: One that turns us away, speaks otherwise than we do, or has a name that does not resolve here may
#: well do its work.
_OUT = frozenset({"CONN_REFUSED", "CONN_RESET", "UNREACHABLE", "CONNECT_TIMEOUT", "TIMEOUT"})
#: Sentinels that a message names.
_NAMED = 5


@dataclass(frozen=True, slots=True)
class Standing:
    """How the Sentinels of the primary ``name`` stand.

    ``view`` is what most of them see. ``gone`` are those that are given up. ``usable`` of ``total``
    can take part in a failover, which takes ``needed``; ``refused`` says that they themselves see
    no quorum.
    """

    name: str
    views: Sequence[View]
    view: View | None
    gone: Sequence[View]
    usable: int
    total: int
    needed: int
    refused: bool

    @property
    def able(self) -> bool:
        """Whether a failover is possible."""
        return not self.refused and self.usable >= self.needed

    @property
    def agreeing(self) -> Sequence[View]:
        """Those that see what most of them see."""
        if self.view is None:
            return ()
        place = self.view.place
        return [view for view in self.views if view.counts and view.place == place]

    @property
    def in_short(self) -> str:
        """``1 of 3 sentinels usable``."""
        if self.needed > self.total:
            return f"a quorum of {self.needed}, and {plural(self.total, 'sentinel')}"
        return f"{self.usable} of {self.total} sentinels usable"

    @property
    def is_down(self) -> bool:
        """Whether most of them do not reach the primary, or one knows that most do not."""
        flags = [view.down for view in self.agreeing if view.down]
        return 2 * len(flags) > len(self.agreeing) or any("o_down" in each for each in flags)

    def told(self) -> Iterable[Item]:
        """What is wrong with the Sentinels, whatever the primary does."""
        tilted = [view.where for view in self.views if view.tilt]
        if tilted:
            yield TILT.found(
                f"sentinel {', '.join(tilted[:_NAMED])} in TILT (time jump): its answers are"
                " frozen, CKQUORUM not trusted"
            )
        if self.gone:
            yield declared.SENTINELS_LOST.found(self._gone())
        if self._unnamed():
            return
        if self._known():
            yield Sample(declared.USABLE, float(self.usable))
        if not self.able and not self.is_down:
            yield no_quorum(self.name, self.total, self.needed) or NOQUORUM.found(self._why_not())

    def _unnamed(self) -> bool:
        """Whether nobody can say anything of a quorum, since nobody knows the name."""
        reached = [view for view in self.views if not view.lost]
        return bool(reached) and all(view.unknown for view in reached)

    def _known(self) -> bool:
        """Whether anybody tells how many are usable, or it is plain that none is."""
        return not self.usable or any(not view.lost for view in self.views)

    def _gone(self) -> str:
        if len(self.gone) == 1:
            why = _why(self.gone[0])
            return f"sentinel {self.gone[0].where} does not answer as it should: {why[1]}"
        told = ", ".join(f"{view.where} ({_why(view)[0]})" for view in self.gone[:_NAMED])
        return f"{len(self.gone)} of {len(self.views)} sentinels do not answer: {told}"

    def _why_not(self) -> str:
        primary = f"primary {self.name} is up but " if self.view is not None else ""
        message = f"{self.in_short}: {primary}no failover is possible"
        if self.gone and not self.refused:
            message += ", unless those that do not answer are only cut off from this service"
        return message


def standing_of(name: str, views: Sequence[View], doubts: Doubts) -> Standing:
    """How the Sentinels stand, by what each of them told in this round."""
    gone = [view for view in views if doubts.given_up(view)]
    total = max([len(views), *(view.total for view in views)])
    # One that is not listed here may well be there: only what is known to be out is counted off.
    out = sum(_is_out(view, gone) for view in views)
    quorums = [view.quorum for view in views if view.counts and view.quorum is not None]
    # One that is cut off from the others sees none; whoever sees one can fail over.
    refused = bool(quorums) and not any(quorum.reached for quorum in quorums)
    seen = [quorum.usable for quorum in quorums if quorum.usable is not None]
    return Standing(
        name,
        views,
        view=agreed(views),
        gone=gone,
        usable=min(total - out, max(seen, default=total)),
        total=total,
        needed=max(total // 2 + 1, _quorum(views)),
        refused=refused,
    )


def _quorum(views: Sequence[View]) -> int:
    """How many must agree: each Sentinel has its own number, and one with enough will do."""
    reached = [view.needed for view in views if view.quorum is not None and view.quorum.reached]
    return min(reached, default=max((view.needed for view in views), default=0))


def _is_out(view: View, gone: Sequence[View]) -> bool:
    if view.lost:
        return view in gone and _why(view)[0] in _OUT
    return view.tilt or view.unknown


def _why(view: View) -> tuple[str, str]:
    """Why nothing came: the code, and the words."""
    if view.failure is not None:
        return view.failure.code, view.failure.message
    refusal = view.refusal or ""
    return condition_of(refusal).code, refusal

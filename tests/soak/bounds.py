"""What must hold at the end of a soak; every bound that does not is named."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tests.soak.figures import AtRest

#: How many kinds of things are named that there are more of.
_NAMED = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """One figure at rest: after the warm-up, at the end, and what it may have grown by.

    ``names`` are what there is more of, where that is counted.
    """

    what: str
    before: float
    after: float
    most: float
    names: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether it has not grown by more."""
        return self.after - self.before <= self.most

    def __str__(self) -> str:
        grew = f"{self.what} grew from {self.before:.6g} to {self.after:.6g}"
        return "; ".join((f"{grew} (by {self.most:.6g} at most)", *self.names))


def bounds(before: AtRest, after: AtRest) -> list[Bound]:
    """The figures after the warm-up against those at the end."""
    return [
        # What malloc keeps differs by as much from run to run.
        _bound("resident memory, MiB", before.use.resident, after.use.resident, 6.0),
        _bound("anonymous memory, MiB", before.anonymous, after.anonymous, 6.0),
        _bound("open descriptors", before.use.descriptors, after.use.descriptors, 3),
        _bound("threads", before.use.threads, after.use.threads, 0),
        _counted("tasks", before.tasks, after.tasks, 0),
        # A failure that was not met before is a series, of some objects. What leaks is many times
        # as much, since everything is done thousands of times.
        _counted("objects", before.objects, after.objects, 1000),
        _counted("series", before.series, after.series, 200),
    ]


def _counted(what: str, before: Mapping[str, int], after: Mapping[str, int], most: float) -> Bound:
    names = tuple(_grown(before, after))
    return Bound(
        what=what,
        before=sum(before.values()),
        after=sum(after.values()),
        most=most,
        names=names,
    )


def _bound(what: str, before: float, after: float, most: float) -> Bound:
    return Bound(what=what, before=before, after=after, most=most)


def _grown(before: Mapping[str, int], after: Mapping[str, int]) -> Iterator[str]:
    """What there is more of than before, that with the largest growth first."""
    growth = {name: number - before.get(name, 0) for name, number in after.items()}
    largest = sorted(growth, key=lambda name: -growth[name])[:_NAMED]
    return (f"{name} {growth[name]:+d}" for name in largest if growth[name] > 0)

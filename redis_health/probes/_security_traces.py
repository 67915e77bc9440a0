"""What changed since the server was first seen, and when."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from redis_health.model import Setting

CHANGES_TOLD = Setting(
    name="changes_told",
    default=3600.0,
    high=31_536_000,
    help="How long a change of role, primary, parameters or modules is told, unless it is undone.",
)


@dataclass(frozen=True, slots=True)
class Trace:
    """One thing over time: as it was ``first``, as it is ``now``, and since when (monotonic).

    ``since`` is None while it is as it was first, or has been otherwise for so long that this is
    no news any more.
    """

    first: str
    now: str
    since: float | None = None


def follow(
    traces: Mapping[str, Trace],
    values: Mapping[str, str],
    *,
    at: float,
    told: float,
    safe: Collection[str] = (),
) -> dict[str, Trace]:
    """The traces after these values were seen; what was not seen stays as it is.

    ``told`` is for how many seconds a change is news, ``safe`` names what was changed for the
    better, if it was changed: that is no news at all.
    """
    followed = dict(traces)
    for name, value in values.items():
        trace = traces.get(name, Trace(value, value))
        if value != trace.now:
            trace = Trace(trace.first, value, at)
        old = trace.since is not None and at - trace.since >= told
        followed[name] = (
            Trace(value, value) if old or name in safe or value == trace.first else trace
        )
    return followed

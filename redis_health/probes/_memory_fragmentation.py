"""Whether the process keeps far more memory than its data: for long, not just after a flush."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeAlias

from redis_health.info import number
from redis_health.model import Condition, Fact, InfoReply, Item, Threshold
from redis_health.probes._server import replaced
from redis_health.probes._words import duration, size

#: Overhead in bytes up to which fragmentation says nothing.
_MATTERS = 100 * 1024.0 * 1024.0
#: Seconds that it must last: the allocator takes somewhat less to return what FLUSHALL freed.
_LASTING = 10.0
_FACT = "fragmentation"
#: Moments (monotonic) and the ratio at each, in order, without a round that says nothing.
_Ratios: TypeAlias = "tuple[tuple[float, float], ...]"

FRAGMENTATION = Condition(
    code="FRAGMENTATION",
    summary="the process takes far more memory than its data",
    advice="CONFIG SET activedefrag yes, MEMORY PURGE, or a restart at a quiet time",
)
FRAGMENTATION_RATIO = Threshold(
    name="fragmentation_ratio",
    condition=FRAGMENTATION,
    enter=1.5,
    leave=1.4,
    unit="ratio",
    help="Resident memory as a multiple of used memory, the least of the last 10 s, once the"
    " overhead exceeds 100 MiB.",
)


def judged(info: InfoReply, last: Mapping[str, object]) -> Iterable[Item]:
    """The least ratio of the last rounds, once there are enough, with the fact for the next."""
    ratios = _ratios(info, {} if replaced(info, last) else last)
    yield Fact(_FACT, ratios)
    if not ratios or info.observed - ratios[0][0] < _LASTING:
        return
    # The least of them, as only the judge knows the limits in force.
    least = min(ratio for _, ratio in ratios)
    fields = info.fields
    resident, used = number(fields, "used_memory_rss"), number(fields, "used_memory")
    yield FRAGMENTATION_RATIO.read(
        least,
        f"fragmentation ratio of at least {least:.2f} for"
        f" {duration(info.observed - ratios[0][0])}: {size(resident or 0.0)} resident"
        f" for {size(used or 0.0)} of data, {size(_overhead(info))} lost",
    )


def _ratios(info: InfoReply, last: Mapping[str, object]) -> _Ratios:
    ratio = number(info.fields, "mem_fragmentation_ratio")
    if ratio is None or _overhead(info) <= _MATTERS or info.fields.get("loading") == "1":
        return ()
    kept = last.get(_FACT)
    before: _Ratios = kept if isinstance(kept, tuple) else ()
    recent = [point for point in before if info.observed - point[0] < _LASTING]
    # The ratio with which the last seconds began is the one seen before them.
    first = before[: len(before) - len(recent)][-1:]
    return (*first, *recent, (info.observed, ratio))


def _overhead(info: InfoReply) -> float:
    return number(info.fields, "mem_fragmentation_bytes") or 0.0

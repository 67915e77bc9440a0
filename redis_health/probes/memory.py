"""INFO memory: whether writes still find room."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from redis_health.info import count, number, parse_pairs, samples
from redis_health.model import (
    Capability,
    Condition,
    Fact,
    InfoReply,
    Item,
    Probe,
    Reader,
    Threshold,
)
from redis_health.probes import _memory_fragmentation
from redis_health.probes._keyspace_lines import total
from redis_health.probes._memory_alerts import ALERT_MEMORY, ALERTS, RECORDINGS
from redis_health.probes._memory_fragmentation import FRAGMENTATION, FRAGMENTATION_RATIO
from redis_health.probes._memory_metrics import METRICS
from redis_health.probes._server import is_primary, replaced
from redis_health.probes._tables import INFO_COMMAND
from redis_health.probes._words import duration, share, size

_MIB = 1024.0 * 1024.0
#: Memory below which swapping says nothing.
_MATTERS = 100 * _MIB
#: Errors of clients prove a full memory from here on, and it stays full down to ``_STILL_FULL``.
_NEARLY_FULL = 0.98
_STILL_FULL = 0.99
#: Seconds for which a refusal tells of a cache that cannot evict: clients may write seldom.
_LATELY = 60.0
#: The weight of the last round in the smoothed growth.
_WEIGHT = 0.3
#: A forecast beyond this many seconds is not worth a word.
_HORIZON = 7 * 86400.0

OOM = Condition(
    code="OOM",
    summary="memory is full and writes are refused",
    advice="raise maxmemory, delete keys, or set a maxmemory-policy that evicts",
    lost=frozenset({Capability.WRITE}),
)
MEM_HIGH = Condition(
    code="MEM_HIGH",
    summary="memory is nearly full, and nothing can be evicted",
    advice="raise maxmemory, delete keys, or set a maxmemory-policy that evicts",
)
MEMORY_RATIO = Threshold(
    name="memory_ratio",
    condition=MEM_HIGH,
    enter=0.90,
    leave=0.85,
    unit="ratio",
    help="Memory in use, as a part of maxmemory, on a primary that cannot evict.",
)
SWAPPED = Condition(
    code="SWAPPED",
    summary="a part of the data is not in physical memory",
    advice="free memory on the host; see vmstat 1 and the VmSwap line of /proc/PID/status",
)
RESIDENT_RATIO = Threshold(
    name="resident_ratio",
    condition=SWAPPED,
    enter=0.8,
    leave=0.9,
    unit="ratio",
    help="Resident memory as a part of used memory, once that exceeds 100 MiB.",
    above=False,
)
HOST_MEM_HIGH = Condition(
    code="HOST_MEM_HIGH",
    summary="the server takes nearly all memory of its host, and may be killed for it",
    advice="add memory or move data away, then set a maxmemory that leaves room for a fork (below"
    " used_memory it refuses writes or evicts at once); dmesg tells of the OOM killer",
)
HOST_MEMORY_RATIO = Threshold(
    name="host_memory_ratio",
    condition=HOST_MEM_HIGH,
    enter=0.90,
    leave=0.85,
    unit="ratio",
    help="Resident memory of the server, as a part of its host's memory.",
)


@dataclass(frozen=True, slots=True)
class _Room:
    """What maxmemory leaves: ``used`` is counted as Redis counts it before it refuses a write."""

    used: float
    limit: float
    policy: str
    evictable: bool

    @property
    def ratio(self) -> float:
        return self.used / self.limit

    @property
    def why(self) -> str:
        if self.policy == "noeviction" or self.evictable:
            return f"policy {self.policy}"
        return f"policy {self.policy} finds no key to evict"


async def collect(reader: Reader) -> Iterable[Item]:
    """From the shared INFO."""
    info = await reader.info()
    return [
        *samples(info, METRICS),
        *_judged(info, reader.last),
        *_memory_fragmentation.judged(info, reader.last),
        *_resident(info),
        *_on_host(info),
    ]


def _judged(info: InfoReply, last: Mapping[str, object]) -> Iterable[Item]:
    if replaced(info, last):
        last = {}
    errors = count(parse_pairs(info.fields.get("errorstat_OOM", "")), "count")
    before = last.get("oom_errors")
    refused = isinstance(before, int) and errors > before
    refused_at = info.observed if refused else last.get("refused_at")
    rate = _growth(info, last)
    yield Fact("run_id", info.fields.get("run_id"))
    yield Fact("used", number(info.fields, "used_memory"))
    yield Fact("at", info.observed)
    yield Fact("rate", rate)
    yield Fact("oom_errors", errors)
    yield Fact("refused_at", refused_at)
    room = _room(info)
    if room is None:
        return
    lately = isinstance(refused_at, float) and info.observed - refused_at < _LATELY
    full = _full(room, refused=refused, lately=lately, was_full=last.get("full") is True)
    yield Fact("full", full)
    if full:
        yield OOM.found(
            f"memory full: {share(room.used, room.limit)} and {room.why}"
            " - writes fail with OOM; reads and DEL work"
        )
    elif not room.evictable:
        message = f"memory {room.ratio:.0%} ({share(room.used, room.limit)}, {room.why})"
        yield MEMORY_RATIO.read(room.ratio, message + _forecast(room, rate))


def _room(info: InfoReply) -> _Room | None:
    fields = info.fields
    used, limit = number(fields, "used_memory"), number(fields, "maxmemory")
    # A replica leaves it to its primary to keep within maxmemory.
    if used is None or not limit or not is_primary(info):
        return None
    policy = fields.get("maxmemory_policy", "noeviction")
    # Without keys there is nothing to evict: the overhead alone exceeds the limit.
    evictable = (policy.startswith("allkeys-") and total(info, "keys") > 0) or (
        policy.startswith("volatile-") and total(info, "expires") > 0
    )
    counted = used - (number(fields, "mem_not_counted_for_evict") or 0.0)
    return _Room(used=counted, limit=limit, policy=policy, evictable=evictable)


def _full(room: _Room, *, refused: bool, lately: bool, was_full: bool) -> bool:
    if room.evictable:
        # A full cache is normal; one that cannot evict enough shows in its clients' errors.
        return lately and room.ratio >= 1.0
    if room.ratio >= 1.0 or (refused and room.ratio >= _NEARLY_FULL):
        return True
    return was_full and (refused or room.ratio >= _STILL_FULL)


def _growth(info: InfoReply, last: Mapping[str, object]) -> float | None:
    used, before, at = number(info.fields, "used_memory"), last.get("used"), last.get("at")
    smoothed = last.get("rate")
    if used is None or not isinstance(before, float) or not isinstance(at, float):
        return None
    if info.observed <= at:
        return smoothed if isinstance(smoothed, float) else None
    rate = (used - before) / (info.observed - at)
    return rate if not isinstance(smoothed, float) else smoothed + _WEIGHT * (rate - smoothed)


def _forecast(room: _Room, rate: float | None) -> str:
    if rate is None or rate <= 0:
        return ""
    seconds = (room.limit - room.used) / rate
    if seconds > _HORIZON:
        return ""
    return f"; at the current +{size(rate)}/s writes fail in about {duration(seconds)}"


def _resident(info: InfoReply) -> Iterable[Item]:
    fields = info.fields
    used, resident = number(fields, "used_memory"), number(fields, "used_memory_rss")
    if used is None or resident is None:
        return
    # Redis 6 counts the whole backlog, of which nothing is in memory before it is written to.
    used -= number(fields, "mem_replication_backlog") or 0.0
    if used > _MATTERS:
        message = (
            f"only {size(resident)} of {size(used)} are in physical memory:"
            " the host swaps, latency will suffer"
        )
        yield RESIDENT_RATIO.read(resident / used, message)


def _on_host(info: InfoReply) -> Iterable[Item]:
    """What the kernel counts, whatever maxmemory allows; in a container too it is the host's."""
    resident = number(info.fields, "used_memory_rss")
    host = number(info.fields, "total_system_memory")
    if resident is not None and host:
        message = f"{share(resident, host)} of the host's memory are taken by the server"
        yield HOST_MEMORY_RATIO.read(resident / host, message)


PROBE = Probe(
    name="memory",
    summary="whether writes still find room in memory",
    interval=5.0,
    timeout=2.0,
    collect=collect,
    commands=(INFO_COMMAND,),
    metrics=METRICS,
    thresholds=(MEMORY_RATIO, FRAGMENTATION_RATIO, RESIDENT_RATIO, HOST_MEMORY_RATIO),
    conditions=(OOM, MEM_HIGH, FRAGMENTATION, SWAPPED, HOST_MEM_HIGH),
    settings=(ALERT_MEMORY,),
    recordings=RECORDINGS,
    alerts=ALERTS,
)

"""Keys that are gone with the process or the data set that had them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from redis_health.info import count, number
from redis_health.model import Condition, Fact, Finding, InfoReply, Item
from redis_health.probes._keyspace_lines import databases, total
from redis_health.probes._replica import primary_address
from redis_health.probes._replies import items
from redis_health.probes._server import replaced, restarted, silence
from redis_health.probes._words import duration

#: Seconds for which a loss is told, and the part of the keys below which it is one.
_NEWS = 300.0
_LOST_BELOW = 0.1
#: Of keys with up to so many times the silence to live, on average, most may have died in it.
_OUTLIVED = 3.0
#: Seconds without a primary after which a replica's keys that expire may have done so.
_LONG_AWAY = 60.0
#: The part of the keys that ends the alarm when they come back.
_BACK_FROM = 0.5

RESTARTED_EMPTY = Condition(
    code="RESTARTED_EMPTY",
    summary="the server came back without its data, or a replica took over a primary's empty set",
    advice="restore before replicas full-sync the empty set",
)


@dataclass(frozen=True, slots=True)
class _Loss:
    """A loss that is being told: when it was seen (monotonic), and the keys before it."""

    at: float
    before: int
    finding: Finding


@dataclass(frozen=True, slots=True)
class _Mortals:
    """The keys of a database that expire, and their average time to live in seconds."""

    keys: int
    average: float


def losses(info: InfoReply, last: Mapping[str, object]) -> Iterable[Item]:
    """What is lost since the last round, and what the next one has to know."""
    loss = last.get("loss")
    if _unsettled(info):
        # Keys that are still on their way are not lost: compare when they have arrived.
        yield from (Fact(name, value) for name, value in last.items())
        return
    keys, before = total(info, "keys"), last.get("keys")
    if isinstance(before, int) and (replaced(info, last) or _copied(info, last)):
        expired = _expired if replaced(info, last) else _outlived
        alive = before - expired(info, last)
        if keys < alive * _LOST_BELOW and alive >= before * _LOST_BELOW:
            loss = _Loss(info.observed, before, _lost(info, last, before, keys))
    yield Fact("run_id", info.fields.get("run_id"))
    yield Fact("copy", _copy(info))
    yield Fact("keys", keys)
    yield Fact("mortals", tuple(_mortals(info)))
    yield Fact("seen", info.observed)
    if not isinstance(loss, _Loss):
        return
    if info.observed - loss.at < _NEWS and keys < loss.before * _BACK_FROM:
        yield Fact("loss", loss)
        yield loss.finding


def _copy(info: InfoReply) -> tuple[str, str] | None:
    """Whose data a replica has: its primary, and the id of their history; None of a primary."""
    if info.fields.get("role") != "slave":
        return None
    return primary_address(info), info.fields.get("master_replid", "")


def _copied(info: InfoReply, last: Mapping[str, object]) -> bool:
    """Whether a replica has taken over another data set, from the same primary, since last round.

    That it was given another primary, which has other data, is told by the check security.
    """
    match last.get("copy"), _copy(info):
        case (before, history), (now, other):
            return before == now and history != other
    return False


def _expired(info: InfoReply, last: Mapping[str, object]) -> int:
    """The keys whose time ran out while the server was away, or has since."""
    if not restarted(info, last):
        return 0
    fields = info.fields
    loaded = number(fields, "rdb_last_load_keys_expired")
    if loaded is None:
        # Redis before 7.0 does not count what it leaves out while loading.
        return _may_have_expired(last, silence(info, last))
    return int(loaded) + count(fields, "expired_keys")


def _outlived(info: InfoReply, last: Mapping[str, object]) -> int:
    """The keys of a replica whose time may have run out: a full sync leaves them out.

    How long they had is known to the primary alone, which was away for seconds at most, mostly.
    """
    away = silence(info, last)
    return sum(each.keys for each in _known(last)) if away > _LONG_AWAY else 0


def _mortals(info: InfoReply) -> Iterable[_Mortals]:
    for pairs in databases(info).values():
        keys = count(pairs, "expires")
        if keys:
            yield _Mortals(keys, (number(pairs, "avg_ttl") or 0.0) / 1000)


def _may_have_expired(last: Mapping[str, object], seconds: float) -> int:
    """The keys of databases where most of those that expire may have done so within the seconds."""
    return sum(each.keys for each in _known(last) if each.average <= seconds * _OUTLIVED)


def _known(last: Mapping[str, object]) -> list[_Mortals]:
    return [each for each in items(last.get("mortals")) if isinstance(each, _Mortals)]


def _unsettled(info: InfoReply) -> bool:
    fields = info.fields
    loading = "1" in (fields.get("loading"), fields.get("async_loading"))
    return loading or fields.get("master_link_status", "up") != "up"


def _lost(info: InfoReply, last: Mapping[str, object], before: int, keys: int) -> Finding:
    went = f"keys went {before} -> {keys}"
    if info.fields.get("role") == "slave":
        how = "this replica was restarted" if replaced(info, last) else "a full sync"
        return RESTARTED_EMPTY.found(
            f"{how} and {went}: the primary {primary_address(info)} is without them",
            advice="REPLICAOF NO ONE at once on each replica that still has them (do not stop or"
            " restart it), then restore the primary from it or from a backup",
        )
    uptime = duration(count(info.fields, "uptime_in_seconds"))
    what = (
        "restarted without its data"
        if restarted(info, last)
        else "another server answers, without the data"
    )
    return RESTARTED_EMPTY.found(f"run_id changed (uptime {uptime}) and {went}: {what}")

"""What is known of our own server, and whether it is the primary that Sentinels name."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import Enum, auto

from redis_health.errors import RedisFault
from redis_health.info import count, number
from redis_health.model import Fact, InfoReply, Reader, WatcherReader
from redis_health.probes._sentinels_views import Place, View

#: Seconds after a promotion in which Sentinels may not have heard of it, or not know the run_id.
_HEARD = 12.0
#: Seconds after a start in which the Sentinels may still know the process before by its address.
#: They ask a primary who it is every 10 s.
_KNOWN_AGAIN = 15.0
#: Processes of ours that are remembered, since a Sentinel may name the one before.
_REMEMBERED = 4
_FACT = "ours"


class Same(Enum):
    """Whether two names are of one server."""

    YES = auto()
    NO = auto()
    UNKNOWN = auto()


@dataclass(frozen=True, slots=True)
class Ours:
    """What is known of our own server, now or as it was last seen.

    ``role`` is INFO's word. ``run_ids`` are those of its processes, the last one first.
    ``places`` are where Sentinels have said that it is, whatever way we go to it. ``follows`` is
    the primary of a replica. ``promoted`` is the monotonic moment since which it is
    a primary after having been a replica. ``uptime`` is in seconds.
    """

    reached: bool = False
    role: str | None = None
    run_ids: tuple[str, ...] = ()
    places: tuple[Place, ...] = ()
    follows: Place | None = None
    promoted: float | None = None
    uptime: float = 0.0

    def settled(self, now: float) -> bool:
        """Whether everybody must have heard of its last promotion."""
        return self.promoted is None or now - self.promoted >= _HEARD


async def seen(reader: Reader) -> Ours:
    """Our server by the shared INFO, or as it was when it last answered."""
    kept = reader.last.get(_FACT)
    before = kept if isinstance(kept, Ours) else Ours()
    try:
        info = await reader.info()
    except RedisFault:
        # It is told by the checks that go there. What the Sentinels say matters all the more.
        return replace(before, reached=False)
    return _ours(info, before)


def _ours(info: InfoReply, before: Ours) -> Ours:
    fields = info.fields
    role, run_id = fields.get("role"), fields.get("run_id")
    promoted = before.promoted if role == "master" else None
    if role == "master" and before.role == "slave":
        promoted = info.observed
    known = [] if run_id is None else [run_id]
    known += [each for each in before.run_ids if each != run_id]
    host = fields.get("master_host")
    return replace(
        before,
        reached=True,
        role=role,
        run_ids=tuple(known[:_REMEMBERED]),
        follows=None if host is None else (host, count(fields, "master_port")),
        promoted=promoted,
        uptime=number(fields, "uptime_in_seconds") or 0.0,
    )


def placed(ours: Ours, views: Iterable[View]) -> Ours:
    """Our server with the places that these views know it by."""
    told = [view.place for view in views if view.counts and view.run_id in ours.run_ids]
    return replace(ours, places=tuple(dict.fromkeys([*told, *ours.places]))[:_REMEMBERED])


def facts(ours: Ours) -> Iterable[Fact]:
    """What the next round has to know."""
    yield Fact(_FACT, ours)


async def is_ours(view: View, ours: Ours, watchers: WatcherReader) -> Same:
    """Whether the primary that a Sentinel names is our server.

    A run_id proves it, and so does an address where it is equal to ours. Where that differs it
    proves nothing, since a sidecar comes by localhost and others through a proxy: then it takes
    another address than Sentinels had for us before, or another run_id, which no restart of ours
    explains. For 10 s after a failover Sentinels do not know the run_id of their primary.
    """
    if view.run_id in ours.run_ids or view.place in ours.places:
        return Same.YES
    if watchers.target is not None and await same_place(view.place, watchers.target, watchers):
        return Same.YES
    if ours.places:
        return Same.NO
    if not view.run_id or not ours.run_ids:
        return Same.UNKNOWN
    if ours.reached and len(ours.run_ids) == 1 and ours.uptime < _KNOWN_AGAIN:
        told_alike = watchers.target is not None and await comparable(
            view.place, watchers.target, watchers
        )
        return Same.NO if told_alike else Same.UNKNOWN
    return Same.NO


async def same_place(one: Place, other: Place, watchers: WatcherReader) -> bool:
    """Whether two places are one, by name or by an IP address that both names have."""
    if one[1] != other[1]:
        return False
    if one[0] == other[0]:
        return True
    return bool(await watchers.resolve(one[0]) & await watchers.resolve(other[0]))


async def comparable(one: Place, other: Place, watchers: WatcherReader) -> bool:
    """Whether both places are told from one network: loopback addresses are of another one."""
    hosts = [await watchers.resolve(place[0]) for place in (one, other)]
    here = [any(_is_loopback(address) for address in found) for found in hosts]
    return all(hosts) and here[0] == here[1]


def _is_loopback(address: str) -> bool:
    return address.startswith("127.") or address == "::1"

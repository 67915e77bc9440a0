"""Replicas that were online and are gone, and replicas that come again and again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from redis_health.info import count
from redis_health.model import Capability, Condition, Fact, InfoReply, Item
from redis_health.probes._server import replaced
from redis_health.probes._words import address, duration, plural

#: Seconds for which a replica that left is told of: after that it was meant to go.
_NEWS = 300.0
#: Seconds for which one may be away: a link that broke is back within a moment.
_BRIEFLY = 4.0
#: Seconds within which so many full synchronisations more than there are replicas are a loop.
_WINDOW = 60.0
_LOOP = 3

REPLICA_LOST = Condition(
    code="REPLICA_LOST",
    summary="a replica that was online is gone",
    advice="see whether it still runs, and its log; this primary's log says why the link ended",
    lost=frozenset({Capability.REDUNDANCY}),
)
RESYNC_LOOP = Condition(
    code="RESYNC_LOOP",
    summary="replicas begin full synchronisations again and again",
    advice="raise client-output-buffer-limit replica and repl-backlog-size; see the replicas' logs",
    lost=frozenset({Capability.REDUNDANCY}),
)
CONDITIONS = (REPLICA_LOST, RESYNC_LOOP)


@dataclass(frozen=True, slots=True)
class Company:
    """The replicas of a primary: those online, those gone and since when (monotonic).

    ``whole`` is how many there were before any left.
    """

    online: frozenset[str]
    gone: Mapping[str, float]
    whole: int


def judged(
    info: InfoReply, online: Sequence[Mapping[str, str]], last: Mapping[str, object]
) -> Iterable[Item]:
    """What the last rounds say, with the facts ``company`` and ``syncs`` for the next."""
    if replaced(info, last) or last.get("role") != "master":
        last = {}
    company = _company(info, online, last.get("company"))
    yield Fact("company", company)
    away = {name: at for name, at in company.gone.items() if info.observed - at >= _BRIEFLY}
    if away:
        name, at = max(away.items(), key=lambda pair: pair[1])
        yield REPLICA_LOST.found(
            f"replica {name} is gone for {duration(info.observed - at)}: {len(company.online)} of"
            f" {plural(company.whole, 'replica')} left"
        )
    yield from _loop(info, last.get("syncs"), replicas=company.whole)


def _company(info: InfoReply, online: Sequence[Mapping[str, str]], before: object) -> Company:
    names = frozenset(address(each.get("ip", "?"), each.get("port", "?")) for each in online)
    if not isinstance(before, Company) or len(names) >= before.whole:
        # As many as before, be it others: a replica that is replaced has another address.
        return Company(names, {}, len(names))
    gone = {**before.gone, **dict.fromkeys(before.online, info.observed), **before.gone}
    gone = {
        name: at for name, at in gone.items() if name not in names and info.observed - at < _NEWS
    }
    return Company(names, gone, before.whole if gone else len(names))


def _loop(info: InfoReply, before: object, *, replicas: int) -> Iterable[Item]:
    now = (info.observed, count(info.fields, "sync_full"))
    kept = before if isinstance(before, tuple) else ()
    recent = (*(each for each in kept if now[0] - each[0] < _WINDOW), now)
    yield Fact("syncs", recent)
    began = recent[-1][1] - recent[0][1]
    if began >= max(replicas, 1) + _LOOP:
        yield RESYNC_LOOP.found(
            f"{began} full synchronisations within {duration(now[0] - recent[0][0])}"
            f" for {plural(max(replicas, 1), 'replica')}"
        )

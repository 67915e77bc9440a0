"""Our server and the primary that the Sentinels name: one, or two that both take writes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from redis_health.model import Capability, Fact, Item, Reader, Sample, WatcherReader
from redis_health.probes import _sentinels_declared as declared
from redis_health.probes._sentinel_conditions import SDOWN
from redis_health.probes._sentinel_replies import in_words, is_promotable
from redis_health.probes._sentinels_ours import Ours, Same, comparable, is_ours, same_place
from redis_health.probes._sentinels_quorum import Standing
from redis_health.probes._sentinels_views import Place, View
from redis_health.probes._words import address, duration

_FACT = "astray"
_TURNED = "turned"
#: Seconds for which a Sentinel may not have heard yet that it is a replica, or is one no more.
_LATE = 1.5


@dataclass(frozen=True, slots=True)
class Astray:
    """A replica that follows another than the Sentinels name, since a monotonic moment."""

    follows: Place
    since: float


async def about_primary(
    reader: Reader, watchers: WatcherReader, standing: Standing, ours: Ours
) -> Iterable[Item]:
    """What is wrong with our server by what most of the Sentinels see."""
    result: list[Item] = []
    for each in standing.views:
        agrees = await _agrees(each, ours, watchers) if each.counts else None
        if agrees is not None:
            result.append(Sample(declared.AGREES, float(agrees), (each.where,)))
    view = standing.view
    if view is None:
        return result
    same = await is_ours(view, ours, watchers)
    if same is Same.YES and standing.is_down:
        result.append(await _down(standing, watchers, ours))
    if same is Same.NO:
        result += _another(reader, view, standing, ours)
    if ours.reached and ours.role == "slave":
        result += await _astray(reader, watchers, standing, ours)
        # By address it may be another, where a name or a virtual one follows the primary.
        if view.run_id in ours.run_ids[:1]:
            result += _turned(reader, standing, ours)
    return result


async def _agrees(view: View, ours: Ours, watchers: WatcherReader) -> bool | None:
    same = await is_ours(view, ours, watchers)
    if same is Same.YES:
        return True
    if ours.role != "slave" or ours.follows is None:
        return None if same is Same.UNKNOWN else False
    if await same_place(view.place, ours.follows, watchers):
        return True
    return False if await comparable(view.place, ours.follows, watchers) else None


async def _down(standing: Standing, watchers: WatcherReader, ours: Ours) -> Item:
    flags = dict.fromkeys(flag for view in standing.agreeing for flag in view.down)
    told = f"sentinels report primary {standing.name} {in_words(tuple(sorted(flags)))}"
    if not standing.able:
        told += f" and no quorum to fail over ({standing.in_short})"
    elif await _nobody_to_promote(standing.name, watchers):
        told += " and no replica to promote"
    else:
        return SDOWN.found(f"{told} and a failover is due", lost=frozenset())
    if ours.reached and ours.role == "master":
        # They do not reach it, and we do: whoever is on our side of the cut is served.
        return SDOWN.found(
            f"{told}; it answers here",
            advice=f"see what lies between: the network, SENTINEL SET {standing.name} auth-pass",
            lost=frozenset(),
        )
    return SDOWN.found(told)


async def _nobody_to_promote(name: str, watchers: WatcherReader) -> bool:
    """Whether every Sentinel that tells of replicas knows none that it could promote."""
    answers = await watchers.ask(("SENTINEL", "SLAVES", name))
    lists = [reply for answer in answers for reply in answer.replies if isinstance(reply, list)]
    return bool(lists) and not any(is_promotable(each) for replicas in lists for each in replicas)


def _another(reader: Reader, view: View, standing: Standing, ours: Ours) -> Iterable[Item]:
    counting = sum(each.counts for each in standing.views)
    told = (
        f"sentinels say the primary {standing.name} is {view.primary}"
        f" ({len(standing.agreeing)} of {counting} agree)"
    )
    if ours.role == "master" and not ours.reached:
        yield declared.NOT_THE_PRIMARY.found(
            f"{told}; this server was it before and cannot be reached",
            advice=f"point the clients and this service to {view.primary}",
        )
    elif ours.role == "master" and ours.settled(reader.now()):
        host, port = view.place
        yield declared.NOT_THE_PRIMARY.found(
            f"{told}; this server still accepts writes that will be lost",
            advice=(
                "wait 10 s for the Sentinels to make it a replica; if they do not,"
                f" REPLICAOF {host} {port} here, which drops what was written since"
            ),
        )
    elif ours.role == "slave" and reader.options.expect_role == "master":
        yield declared.NOT_THE_PRIMARY.found(
            f"{told}; this server is a replica, and writes fail READONLY",
            advice=(
                f"point the clients to {view.primary}, or fail over again:"
                f" SENTINEL FAILOVER {standing.name}"
            ),
            lost=frozenset({Capability.ROLE, Capability.WRITE}),
        )


def _turned(reader: Reader, standing: Standing, ours: Ours) -> Iterable[Item]:
    """Our server is the primary for the Sentinels, and a replica; they may be late."""
    turned = reader.last.get(_TURNED)
    since = turned if isinstance(turned, float) else reader.now()
    yield Fact(_TURNED, since)
    if ours.follows is None or reader.now() - since < _LATE:
        return
    host, port = ours.follows
    yield declared.NOT_THE_PRIMARY.found(
        f"sentinels say the primary {standing.name} is this server, and it is a replica of"
        f" {address(host, str(port))}: writes fail READONLY, and its data become those of that"
        " server",
        advice="REPLICAOF NO ONE, if nobody meant it; see CLIENT LIST for strangers",
    )


async def _astray(
    reader: Reader, watchers: WatcherReader, standing: Standing, ours: Ours
) -> Iterable[Item]:
    """A replica of another primary; Sentinels put that right within seconds, if they can."""
    view, follows = standing.view, ours.follows
    if view is None or follows is None or await same_place(view.place, follows, watchers):
        return []
    if not await comparable(view.place, follows, watchers):
        return []
    astray = reader.last.get(_FACT)
    if not isinstance(astray, Astray) or astray.follows != follows:
        astray = Astray(follows, reader.now())
    seconds = reader.now() - astray.since
    host, port = follows
    message = (
        f"this replica has followed {address(host, str(port))} for {duration(seconds)},"
        f" and sentinels say the primary {standing.name} is {view.primary}"
    )
    return [Fact(_FACT, astray), declared.FOLLOWS_ANOTHER_FOR.read(seconds, message)]

"""One round of questions to the Sentinels around our server."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence

from redis_health.model import ErrorReply, Item, Reader, Sample, WatcherAnswer, WatcherReader
from redis_health.probes import _sentinels_declared as declared
from redis_health.probes import _sentinels_doubt as doubt
from redis_health.probes import _sentinels_ours as our
from redis_health.probes._sentinels_primary import about_primary
from redis_health.probes._sentinels_quorum import standing_of
from redis_health.probes._sentinels_views import View, names_of, questions, view_of


async def collected(reader: Reader) -> Iterable[Item]:
    """All that the Sentinels tell, and what is wrong by it; nothing where there are none."""
    watchers = reader.watchers
    if watchers is None:
        return []
    (name, answers), ours = await asyncio.gather(_asked(watchers), our.seen(reader))
    result: list[Item] = []
    if name is None:
        # What was answered is a list of names, of which none could be chosen.
        views = [
            View(answer.where, answer.failure, refusal=_refusal(answer), unknown=True)
            for answer in answers
        ]
        result += _unnamed(answers)
    else:
        views = [view_of(answer) for answer in answers]
        result += _unknown(name, views)
    ours = our.placed(ours, views)
    doubts = doubt.counted(reader, views)
    result += [*our.facts(ours), *doubt.facts(doubts)]
    result += [Sample(declared.UP, float(view.failure is None), (view.where,)) for view in views]
    standing = standing_of(name or "", views, doubts)
    result += standing.told()
    result += await about_primary(reader, watchers, standing, ours)
    return result


async def _asked(watchers: WatcherReader) -> tuple[str | None, Sequence[WatcherAnswer]]:
    """The name of the primary with the answers about it; None where there is not exactly one."""
    name = watchers.primary
    if name is None:
        answers = await watchers.ask(("SENTINEL", "MASTERS"))
        names = names_of(answers)
        if len(names) != 1:
            return None, answers
        (name,) = names
    return name, await watchers.ask(*questions(name))


def _unnamed(answers: Sequence[WatcherAnswer]) -> Iterable[Item]:
    names = list(names_of(answers))
    if names:
        yield declared.SENTINEL_NAME.found(
            f"the sentinels watch {len(names)} primaries ({', '.join(names[:5])}),"
            " and none was named"
        )
    elif any(answer.failure is None and _refusal(answer) is None for answer in answers):
        yield declared.SENTINEL_NAME.found(
            "the sentinels watch no primary",
            advice="SENTINEL MONITOR NAME IP PORT QUORUM on each of them",
        )


def _refusal(answer: WatcherAnswer) -> str | None:
    """Why a Sentinel does not list the names of its primaries."""
    match answer.replies:
        case [ErrorReply(text)]:
            return text
    return None


def _unknown(name: str, views: Sequence[View]) -> Iterable[Item]:
    strangers = [view.where for view in views if view.unknown]
    if strangers:
        verb = "watches" if len(strangers) == 1 else "watch"
        yield declared.SENTINEL_NAME.found(
            f"{', '.join(strangers)} {verb} no primary named {name}",
            advice="correct REDIS_HEALTH_SENTINEL_MASTER: SENTINEL MASTERS lists the names there",
        )

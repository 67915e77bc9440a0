"""Several questions in one round trip, less those that have been refused before."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from redis_health.client.deadline import Deadline
from redis_health.client.lane import Lane
from redis_health.client.refusals import OPTIONAL, REFUSED, Refusals
from redis_health.model import ErrorReply, Reply
from redis_health.replies import failure_of_reply


async def ask_allowed(
    lane: Lane,
    commands: Sequence[Sequence[str | int]],
    deadline: Deadline,
    *,
    refusals: Refusals,
    user: str,
    where: str,
) -> list[Reply]:
    """The replies in order, ErrorReply for errors; refusals are remembered for OPTIONAL seconds.

    A remembered one is an ErrorReply in the words of its message. ``user`` and ``where`` say who
    asks whom.

    Raises:
        RedisFault: the server, or the way to it, failed.
        OwnFault: this process failed.
    """
    now = asyncio.get_running_loop().time
    held = {tuple(each): refusals.failure(each, now()) for each in commands}
    asked = [each for each in commands if held[tuple(each)] is None]
    fresh = iter((await lane.ask(asked, deadline))[0] if asked else [])
    replies: list[Reply] = []
    for command in commands:
        remembered = held[tuple(command)]
        if remembered is not None:
            replies.append(ErrorReply(remembered.message))
            continue
        reply = next(fresh)
        if isinstance(reply, ErrorReply):
            words = " ".join(map(str, command[:2]))
            failure = failure_of_reply(reply.text, user=user, command=words, where=where)
            if failure.condition in REFUSED:
                refusals.learn(command, failure, now=now(), seconds=OPTIONAL)
        replies.append(reply)
    return replies

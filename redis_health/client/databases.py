"""Questions about keys, which live in databases: on a connection that may change its database."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from redis_health.client.deadline import Deadline
from redis_health.client.lane import Lane
from redis_health.client.refusals import OPTIONAL, Refusals
from redis_health.errors import Unavailable
from redis_health.model import Argument, ErrorReply, Reply
from redis_health.replies import condition_of, conditions, failure_of_reply

#: Single questions that are remembered as refused; beyond it the memory begins anew.
_MOST_WITHHELD = 1000

_Question = tuple[Argument, ...]


class Databases:
    """Asks in any database of a target, as ``user`` at ``where``.

    In a command what is ``str`` is a word of it, and what is ``bytes`` is data, such as a key.
    """

    def __init__(self, lane: Lane, *, user: str, where: str) -> None:
        self._lane = lane
        self._user = user
        self._where = where
        self._refusals = Refusals()
        self._withheld: dict[_Question, tuple[float, ErrorReply]] = {}

    async def ask(
        self, database: int, commands: Sequence[Sequence[Argument]], deadline: Deadline
    ) -> list[Reply]:
        """One round trip in a database: the replies in order, ErrorReply for errors.

        A database that cannot be selected answers every command with the error of SELECT. What is
        refused for a single key or database is remembered, and not asked again each round.

        Raises:
            Unavailable: our user may not run one of the commands, or the server has no such.
            RedisFault: Redis, or the way to it, failed.
            OwnFault: this process failed.
        """
        for arguments in commands:
            self._raise_remembered(arguments)
        questions = [(database, *arguments) for arguments in commands]
        known = {each: held for each in questions if (held := self._remembered(each))}
        asked = [each for each in questions if each not in known]
        answers: dict[_Question, Reply] = dict(known)
        if asked:
            commands = [("SELECT", database), *(each[1:] for each in asked)]
            (selected, *replies), _ = await self._lane.ask(commands, deadline)
            if isinstance(selected, ErrorReply):
                # The others were answered by whichever database was selected before.
                self._learn((database,), ("SELECT",), selected)
                replies = [selected] * len(asked)
            answers.update(zip(asked, replies, strict=True))
            for question, reply in zip(asked, replies, strict=True):
                if isinstance(reply, ErrorReply) and reply is not selected:
                    self._learn(question, question[1:], reply)
        return [answers[question] for question in questions]

    def forget(self) -> None:
        """Forgets all refusals: another server process may allow more."""
        self._refusals.forget()
        self._withheld.clear()

    def close(self) -> None:
        """Closes the connection."""
        self._lane.close()

    def _raise_remembered(self, arguments: Sequence[Argument]) -> None:
        words = _words(arguments)
        failure = self._refusals.failure(words, _now())
        if failure is not None:
            raise Unavailable(" ".join(words), failure.message)

    def _remembered(self, question: _Question) -> ErrorReply | None:
        for key in (question, question[:1]):
            until, reply = self._withheld.get(key, (0.0, None))
            if until > _now():
                return reply
        return None

    def _learn(self, question: _Question, arguments: Sequence[Argument], reply: ErrorReply) -> None:
        condition = condition_of(reply.text)
        is_noperm = condition is conditions.NOPERM
        if condition is conditions.COMMAND_UNKNOWN or (is_noperm and " to run " in reply.text):
            words = _words(arguments)
            failure = failure_of_reply(
                reply.text, user=self._user, command=" ".join(words), where=self._where
            )
            self._refusals.learn(words, failure, now=_now(), seconds=OPTIONAL)
            raise Unavailable(" ".join(words), failure.message)
        # A key that our user may not see, one of another cluster node, a database too many.
        if is_noperm or condition is conditions.BAD_DB or reply.text.startswith("MOVED "):
            if len(self._withheld) >= _MOST_WITHHELD:
                self._withheld.clear()
            self._withheld[question] = (_now() + OPTIONAL, reply)


def _words(arguments: Sequence[Argument]) -> tuple[str, ...]:
    return tuple(each for each in arguments[:2] if isinstance(each, str))


def _now() -> float:
    return asyncio.get_running_loop().time()

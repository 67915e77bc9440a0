"""The conversations with the Sentinels that watch over a target: one lane for each of them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from redis_health.client.deadline import Deadline, Progress
from redis_health.client.dialer import Dialer
from redis_health.client.lane import Lane
from redis_health.client.pipelined import ask_allowed
from redis_health.client.refusals import Refusals
from redis_health.client.resolver import Resolver
from redis_health.errors import OwnFault, RedisFault
from redis_health.model import Capability, Failure, Target, WatcherAnswer, Watchers
from redis_health.replies import Phase

#: The part of what is left of a round that one question may take: one that hangs costs no more.
_SHARE = 2 / 3
#: Seconds between logins that are refused: every one may be a line in an ACL LOG.
_REFUSED_LOGIN = 5.0
#: Names that are kept for looking up again; an operator has two or three.
_MOST_NAMES = 16


class Watching:
    """Asks all Sentinels at the same time; one that hangs holds up nobody but itself."""

    def __init__(self, watchers: Watchers, target: Target) -> None:
        self.primary = watchers.primary
        self.target = None if target.path is not None else (target.host, target.port)
        self._pinned = {target.host: frozenset(target.addresses)} if target.addresses else {}
        self._each = [_Watcher(sentinel) for sentinel in watchers.sentinels]
        self._names: dict[str, Resolver] = {}

    def within(self, deadline: Deadline) -> RoundOfWatchers:
        """What may be asked until the deadline."""
        return RoundOfWatchers(self, deadline)

    async def ask(
        self, commands: Sequence[Sequence[str | int]], deadline: Deadline
    ) -> list[WatcherAnswer]:
        """The answers in the order of the Sentinels.

        Raises:
            OwnFault: this process failed, so that their silence proves nothing.
        """
        ours = _part_of(deadline)
        # Nobody is left behind: a failure of our own is raised when all have ended.
        answers = await asyncio.gather(
            *(each.ask(commands, ours) for each in self._each), return_exceptions=True
        )
        for answer in answers:
            if isinstance(answer, BaseException):
                raise answer
        return [answer for answer in answers if isinstance(answer, WatcherAnswer)]

    async def resolve(self, host: str, deadline: Deadline) -> frozenset[str]:
        """The IP addresses of a host; empty where none is found in time."""
        if host in self._pinned:
            return self._pinned[host]
        if host not in self._names and len(self._names) >= _MOST_NAMES:
            self._names.clear()
        resolver = self._names.setdefault(host, Resolver(host, 0))
        try:
            async with _part_of(deadline).guard(Progress(Phase.RESOLVE), host):
                found = await resolver.addresses()
        except (OSError, OwnFault, RedisFault):
            return frozenset()
        return frozenset(str(address[0]) for _, address in found)

    def close(self) -> None:
        """Ends the conversations."""
        for each in self._each:
            each.close()


@dataclass(frozen=True, slots=True)
class RoundOfWatchers:
    """The Sentinels under the deadline of one round."""

    watching: Watching
    deadline: Deadline

    @property
    def primary(self) -> str | None:
        """The name under which they watch, None where they are to tell."""
        return self.watching.primary

    @property
    def target(self) -> tuple[str, int] | None:
        """Host and port by which we reach our Redis."""
        return self.watching.target

    async def ask(self, *commands: Sequence[str | int]) -> Sequence[WatcherAnswer]:
        """One round trip to each of them."""
        return await self.watching.ask(commands, self.deadline)

    async def resolve(self, host: str) -> frozenset[str]:
        """The IP addresses of a host."""
        return await self.watching.resolve(host, self.deadline)


class _Watcher:
    """One Sentinel: its lane, and what it refuses us."""

    def __init__(self, sentinel: Target) -> None:
        self._where = sentinel.address
        self._user = sentinel.user
        self._lane = Lane(Dialer(sentinel), where=sentinel.address, name="redis-health")
        self._refusals = Refusals()
        self._shut_out: tuple[float, Failure] | None = None

    async def ask(
        self, commands: Sequence[Sequence[str | int]], deadline: Deadline
    ) -> WatcherAnswer:
        now = asyncio.get_running_loop().time
        if self._shut_out is not None and now() < self._shut_out[0]:
            return WatcherAnswer(self._where, failure=self._shut_out[1])
        self._shut_out = None
        try:
            replies = await ask_allowed(
                self._lane,
                commands,
                deadline,
                refusals=self._refusals,
                user=self._user,
                where=self._where,
            )
        except RedisFault as fault:
            failure = fault.failure
            if Capability.AUTHENTICATE in failure.condition.lost:
                self._shut_out = (now() + _REFUSED_LOGIN, failure)
            return WatcherAnswer(self._where, failure=failure)
        return WatcherAnswer(self._where, tuple(replies))

    def close(self) -> None:
        self._lane.close()


def _part_of(deadline: Deadline) -> Deadline:
    """A deadline that leaves the round time to tell of it."""
    now = asyncio.get_running_loop().time()
    seconds = max(0.0, deadline.at - now) * _SHARE
    return Deadline(now + seconds, round(seconds, 2))

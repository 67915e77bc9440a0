"""The groups that the names of keys fall into, with their number and memory."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Self

from redis_health.errors import Unavailable
from redis_health.model import Reader
from redis_health.probes._named_keys import label_of
from redis_health.probes._replies import integer
from redis_health.probes._scan import Scope

#: Bytes of a name that the patterns see: what an expression costs grows with the text, and
#: whoever writes keys chooses the text.
CONSIDERED = 256
#: Groups that are told apart during a pass; what comes after them is in the overflow at once.
TRACKED = 10_000
UNCLASSIFIED = "unclassified"
OVERFLOW = "overflow"


@dataclass(slots=True)
class Group:
    """The keys of one group; the memory is that of ``weighed`` of them, in bytes."""

    keys: int = 0
    weighed: int = 0
    bytes: int = 0

    @property
    def memory(self) -> float:
        """The bytes of all keys, estimated from those that were weighed."""
        return self.bytes * self.keys / self.weighed if self.weighed else 0.0


@dataclass(slots=True)
class Groups:
    """The tally of a pass: MEMORY USAGE of every ``every``-th key of each group.

    ``has_memory`` is false once the server has refused to weigh a key: a part would be a lie.
    """

    patterns: Sequence[re.Pattern[str]]
    every: int
    groups: dict[str, Group] = field(default_factory=dict)
    has_memory: bool = True

    def copy(self) -> Self:
        """The same, to go on with."""
        groups = {
            name: Group(group.keys, group.weighed, group.bytes)
            for name, group in self.groups.items()
        }
        return type(self)(self.patterns, self.every, groups, self.has_memory)

    async def add(self, reader: Reader, scope: Scope, keys: Sequence[bytes]) -> None:
        """Sorts what one step of SCAN has found, and weighs some of it in one round trip."""
        picked: list[tuple[bytes, Group]] = []
        for key in keys:
            group = self._group_of(key)
            if self.has_memory and group.keys % self.every == 0:
                picked.append((key, group))
            group.keys += 1
        if not picked:
            return
        try:
            replies = await reader.on_database(
                scope.database, *(("MEMORY", "USAGE", key) for key, _ in picked)
            )
        except Unavailable:
            self.has_memory = False
            return
        for (_, group), reply in zip(picked, replies, strict=True):
            usage = integer(reply)
            if usage is not None:
                group.weighed += 1
                group.bytes += usage
            elif reply is not None:
                self.has_memory = False

    def _group_of(self, key: bytes) -> Group:
        name = _name_of(label_of(key[:CONSIDERED]), self.patterns)
        if name not in self.groups and len(self.groups) >= TRACKED:
            name = OVERFLOW
        return self.groups.setdefault(name, Group())


def _name_of(key: str, patterns: Sequence[re.Pattern[str]]) -> str:
    for pattern in patterns:
        match = pattern.search(key)
        if match is not None:
            return "".join(each or "" for each in match.groups()) if pattern.groups else match[0]
    return UNCLASSIFIED


def shown(tally: Groups, most: int) -> Iterator[tuple[str, int, float]]:
    """Name, keys and bytes of the ``most`` largest groups; the others together are one more."""
    ranked = sorted(tally.groups.items(), key=_rank)
    kept = {name: (group.keys, group.memory) for name, group in ranked[:most]}
    rest = [group for _, group in ranked[most:]]
    if rest:
        keys, memory = kept.get(OVERFLOW, (0, 0.0))
        kept[OVERFLOW] = (
            keys + sum(group.keys for group in rest),
            memory + sum(group.memory for group in rest),
        )
    for name, (keys, memory) in kept.items():
        yield name, keys, memory


def _rank(item: tuple[str, Group]) -> tuple[float, int, str]:
    name, group = item
    return -group.memory, -group.keys, name


def compiled(words: Sequence[str]) -> Sequence[re.Pattern[str]]:
    """The patterns that an operator gave, which have been checked."""
    return [re.compile(word) for word in words]


def expected(word: str) -> str | None:
    """What should stand in the place of a word that is no regular expression."""
    try:
        re.compile(word)
    except re.error as error:
        return f"a regular expression ({error})"
    return None

"""Keys that an operator names: ``name``, ``dbN=name``, or a glob pattern that SCAN looks for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import unquote_to_bytes

from redis_health.errors import Unavailable
from redis_health.model import Fact, Item, Metric, Reader, Sample
from redis_health.probes._scan import Progress, Scope, advance, may_scan, scan_samples

_ENTRY = re.compile(r"(?:db)?(\d{1,9})=(.+)", re.DOTALL)
_GLOB = frozenset("*?[")
_FACT = "scan"

LEFT_OUT = Metric(
    name="redis_health_left_out",
    help="Keys, groups and consumers that a check left out, since there are more than its cap.",
    labels=("check",),
)


@dataclass(frozen=True, slots=True)
class Entry:
    """What one word of an option names in a database."""

    database: int
    name: bytes
    glob: bool


def entries(words: Iterable[str]) -> list[Entry]:
    """The words of an option, each once; without ``dbN=`` they mean database 0.

    ``%2C`` stands for a comma, and ``%2A`` for a star that is no pattern, and so on.
    """
    return list(dict.fromkeys(_entry(word) for word in words))


def _entry(word: str) -> Entry:
    match = _ENTRY.fullmatch(word)
    database, name = (int(match[1]), match[2]) if match else (0, word)
    return Entry(database, unquote_to_bytes(name), glob=not _GLOB.isdisjoint(name))


def label_of(name: object) -> str:
    """The label value for a name, which may be any bytes."""
    return name.decode("utf-8", "backslashreplace") if isinstance(name, bytes) else str(name)


def database_label(database: int) -> str:
    """The label value for a database."""
    return f"db{database}"


@dataclass(slots=True)
class Names:
    """The tally of a pass that looks for names, of which it keeps at most ``most``.

    Those that are known already are none of its business.
    """

    most: int
    known: frozenset[tuple[int, bytes]]
    kept: dict[bytes, None] = field(default_factory=dict)
    left_out: int = 0

    def copy(self) -> Self:
        """The same, to go on with."""
        return type(self)(self.most, self.known, dict(self.kept), self.left_out)

    async def add(self, _reader: Reader, scope: Scope, keys: Sequence[bytes]) -> None:
        """Takes what one step of SCAN has found."""
        for key in keys:
            if key in self.kept or (scope.database, key) in self.known:
                continue
            if len(self.kept) < self.most:
                self.kept[key] = None
            else:
                self.left_out += 1


@dataclass(frozen=True, slots=True)
class Named:
    """The keys to look at, by database, and what is to be told and remembered of the search."""

    keys: Mapping[int, Sequence[bytes]]
    left_out: int
    items: Sequence[Item]


async def find(
    reader: Reader, words: Sequence[str], *, check: str, most: int, kind: str | None = None
) -> Named:
    """The keys that the words name, and those that the last finished passes have found.

    At most ``most`` keys, those that are named literally before the others. ``kind`` limits the
    patterns to keys of one type, in the words of TYPE.

    Raises:
        Unavailable: our user may not SCAN, and there are patterns alone.
    """
    wanted = entries(words)
    scopes = [Scope(each.database, each.name, kind) for each in wanted if each.glob]
    found = [(each.database, each.name) for each in wanted if not each.glob]
    left_out, items = 0, list[Item]()
    progress = await _searched(reader, scopes, frozenset(found), most) if scopes else None
    if progress is not None:
        items = [Fact(_FACT, progress), *scan_samples(progress, check, reader.now())]
        for scope, finished in progress.finished.items():
            found += [(scope.database, name) for name in finished.tally.kept]
            left_out += finished.tally.left_out
    elif _FACT in reader.last:
        items = [Fact(_FACT, reader.last[_FACT])]
    unique = list(dict.fromkeys(found))
    keys: dict[int, list[bytes]] = {}
    for database, name in unique[:most]:
        keys.setdefault(database, []).append(name)
    return Named(keys, left_out + max(0, len(unique) - most), items)


async def _searched(
    reader: Reader, scopes: Sequence[Scope], known: frozenset[tuple[int, bytes]], most: int
) -> Progress[Names] | None:
    if not may_scan(reader, await reader.info()):
        return None
    try:
        return await advance(
            reader, scopes, begin=lambda: Names(most, known), last=reader.last.get(_FACT)
        )
    except Unavailable:
        if not known:
            raise
        return None


def left_out(check: str, number: int) -> Sample:
    """How much a check did not show because of its caps."""
    return Sample(LEFT_OUT, float(number), (check,))

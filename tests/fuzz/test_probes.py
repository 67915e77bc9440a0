"""Whatever a server answers, a probe returns items or says what it could not observe."""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.openmetrics.parser import (
    text_string_to_metric_families as read_openmetrics,
)
from prometheus_client.parser import text_string_to_metric_families as read_text

from redis_health.errors import ProbeError, RedisFault, Unavailable
from redis_health.exposition import Format, families, render
from redis_health.info import parse_info
from redis_health.model import (
    Access,
    Argument,
    Dial,
    Fact,
    Finding,
    Histogram,
    InfoReply,
    Item,
    Knock,
    Probe,
    ProbeOptions,
    Reading,
    Reply,
    Sample,
    Summary,
    Target,
)
from redis_health.model.line import LONGEST
from redis_health.model.watchers import WatcherAnswer, WatcherReader, Watchers
from redis_health.probes import catalogue
from redis_health.replies import failure_of_reply
from tests.fuzz.answers import answer, in_place, info, word
from tests.fuzz.cases import examples, tried

_ON: Mapping[str, object] = {
    "check_keys": ("plain", "db1=other", "a*", "db2=b?"),
    "check_streams": ("stream", "s*"),
    "check_key_groups": ("^(.*?):", "(a)|(b)"),
    "check_key_patterns": ("*", "db3=x[ab]"),
    "check_search_indexes": ("*", "a*"),
}


class OddSentinels:
    """Sentinels whose answers none gives."""

    def __init__(self, r: random.Random) -> None:
        self._r = r

    @property
    def primary(self) -> str | None:
        return self._r.choice((None, "mymaster"))

    @property
    def target(self) -> tuple[str, int] | None:
        return self._r.choice((None, ("10.0.0.1", 6379), ("redis", 1)))

    async def ask(self, *commands: Sequence[str | int]) -> Sequence[WatcherAnswer]:
        return [self._answer(commands) for _ in range(self._r.randrange(4))]

    async def resolve(self, host: str) -> frozenset[str]:
        return self._r.choice((frozenset(), frozenset({"10.0.0.1", "::1"}), frozenset({host})))

    def _answer(self, commands: Sequence[Sequence[str | int]]) -> WatcherAnswer:
        if self._r.random() < 0.2:
            failure = failure_of_reply(word(self._r), user="u", command="SENTINEL", where="s:1")
            return WatcherAnswer("s:1", failure=failure)
        said = (answer(self._r, " ".join(map(str, command))) for command in commands)
        return WatcherAnswer(f"s:{self._r.randrange(3)}", tuple(said))


@dataclass
class Odd:
    """A reader whose answers no Redis gives."""

    r: random.Random
    options: ProbeOptions
    last: Mapping[str, object] = field(default_factory=dict)
    told: list[object] = field(default_factory=list)
    monotonic: float = 1000.0

    @property
    def watchers(self) -> WatcherReader | None:
        return OddSentinels(self.r) if self.options.watchers else None

    @property
    def access(self) -> Access:
        named = self.r.choice((None, "default", "monitor"))
        return Access(named, password=self.r.random() < 0.5, certificate=self.r.random() < 0.5)

    def now(self) -> float:
        self.monotonic += self.r.choice((0.0, 0.001, 3.0))
        return self.monotonic

    def wall(self) -> float:
        return 1_700_000_000.0

    async def command(self, *arguments: str | int) -> Reply:
        words = " ".join(map(str, arguments))
        if self.r.random() < 0.03:
            text = word(self.r)
            raise RedisFault(failure_of_reply(text, user="u", command=words, where="x:1"))
        return self._said(words, answer(self.r, words))

    async def optional(self, *arguments: str | int) -> Reply:
        if self.r.random() < 0.05:
            raise Unavailable(str(arguments[0]), word(self.r))
        return await self.command(*arguments)

    async def timed(self, *arguments: str | int) -> tuple[Reply, float]:
        return await self.command(*arguments), self.r.choice((0.0, 0.001, 5.0))

    async def several(self, *commands: Sequence[str | int]) -> list[Reply]:
        return [self._placed(" ".join(map(str, command))) for command in commands]

    async def info(self, *, max_age: float | None = None) -> InfoReply:
        text = info(self.r)
        self.told.append(text)
        return parse_info(text, observed=self.monotonic, seconds=0.001)

    async def config(self, *, max_age: float = 60.0) -> Mapping[str, str]:
        if self.r.random() < 0.2:
            raise Unavailable("CONFIG", word(self.r))
        names = (
            "save",
            "databases",
            "io-threads",
            "client-output-buffer-limit",
            "latency-tracking",
        )
        return {name: word(self.r) for name in names if self.r.random() < 0.8}

    async def dial(self) -> Dial:
        expires = self.r.choice((None, 0.0, 1.7e9, -1e18, 1e18, 2.5e11))
        return Dial(0.001, 0.002, 0.0, 0.001, expires)

    async def knock(self) -> Knock:
        return Knock(served=self.r.random() < 0.5, peer=self.r.choice((None, "10.0.0.9", "::1")))

    async def on_fresh_connection(self, *commands: Sequence[str | int]) -> list[Reply]:
        return [await self.command(*command) for command in commands]

    async def on_database(self, database: int, *commands: Sequence[Argument]) -> list[Reply]:
        if self.r.random() < 0.05:
            raise Unavailable("TYPE", word(self.r))
        return [self._placed(" ".join(map(str, command))) for command in commands]

    def _placed(self, words: str) -> Reply:
        said = answer(self.r, words) if self.r.random() < 0.7 else in_place(self.r)
        return self._said(words, said)

    def _said(self, words: str, said: Reply) -> Reply:
        self.told.append((words, said))
        return said


def options_for(r: random.Random) -> ProbeOptions:
    """What an operator may have switched on."""
    given: dict[str, object] = dict(_ON)
    for probe in catalogue():
        for setting in probe.settings:
            if isinstance(setting.default, bool):
                given[setting.name] = r.random() < 0.7 or setting is probe.opt_in
            elif setting.name not in given and isinstance(setting.default, int):
                given[setting.name] = r.choice((setting.default, max(1, setting.low)))
    watchers = Watchers(
        sentinels=(Target(host="s", port=26379),), primary=r.choice((None, "mymaster"))
    )
    return ProbeOptions(
        expect_role=r.choice((None, "master", "slave")),
        given=given,
        watchers=r.choice((None, watchers)),
    )


@pytest.mark.parametrize("probe", catalogue(), ids=lambda probe: probe.name)
@examples(60)
@given(r=st.randoms(use_true_random=True))
async def test_any_answers(probe: Probe, r: random.Random) -> None:
    tried("probes")
    reader = Odd(r, options_for(r))
    for _ in range(3):
        try:
            items = tuple(await probe.collect(reader))
        except (ProbeError, Unavailable):
            continue
        except Exception as error:
            error.add_note(f"{probe.name} was told {reader.told[-5:]!r}")
            raise
        for item in items:
            _is_sound(item)
        _is_readable(item for item in items if isinstance(item, Sample))
        reader.last = {item.name: item.value for item in items if isinstance(item, Fact)}
        reader.monotonic += 5.0


def _is_sound(item: Item) -> None:
    if isinstance(item, Finding | Reading):
        assert item.message.isprintable()
        assert 0 < len(item.message) <= LONGEST
    if isinstance(item, Reading):
        assert not math.isnan(item.value)
    if isinstance(item, Sample):
        assert all(isinstance(label, str) for label in item.labels)
        value = item.value
        if isinstance(value, Histogram):
            counts = [count for _, count in value.buckets]
            assert counts == sorted(counts)
        elif not isinstance(value, Summary):
            assert math.isfinite(float(value))


def _is_readable(samples: Iterable[Sample]) -> None:
    """Prometheus can read the page, in either format."""
    found = families(samples)
    list(read_text(render(found, Format.TEXT).decode()))
    list(read_openmetrics(render(found, Format.OPENMETRICS).decode()))  # type: ignore[no-untyped-call]

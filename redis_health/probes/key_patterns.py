"""How many keys match a pattern, counted in the background."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Self

from redis_health.errors import Unavailable
from redis_health.model import Fact, Item, Metric, Probe, Reader, Sample, Setting
from redis_health.probes._named_keys import LEFT_OUT, database_label, entries, label_of, left_out
from redis_health.probes._scan import (
    SCAN_BUDGET,
    SCAN_COMMAND,
    SCAN_METRICS,
    SCAN_REPLICAS_ONLY,
    SELECT_COMMAND,
    Scope,
    advance,
    may_scan,
    scan_samples,
)
from redis_health.probes._tables import INFO_COMMAND

#: Each pattern is a pass of its own over its database.
_MOST = 50
_NAME = "key_patterns"

CHECK_KEY_PATTERNS: Setting[tuple[str, ...]] = Setting(
    name="check_key_patterns",
    default=(),
    help=f"Glob patterns whose keys are counted: pattern or dbN=pattern, at most {_MOST}.",
)
COUNT = Metric(
    name="redis_keys_count",
    help="Keys that match the pattern, counted by SCAN in the background.",
    labels=("db", "key"),
)


@dataclass(slots=True)
class _Count:
    """The tally of a pass that counts."""

    keys: int = 0

    def copy(self) -> Self:
        return type(self)(self.keys)

    async def add(self, _reader: Reader, _scope: Scope, keys: Sequence[bytes]) -> None:
        self.keys += len(keys)


async def collect(reader: Reader) -> Iterable[Item]:
    """A slice of the passes, and the results of those that have ended."""
    words = reader.options.value(CHECK_KEY_PATTERNS)
    wanted = entries(words)
    if not wanted:
        return []
    if not may_scan(reader, await reader.info()):
        raise Unavailable("SCAN", "this is a primary, and scan-replicas-only is on")
    scopes = [Scope(each.database, each.name) for each in wanted[:_MOST]]
    # Of one pattern, the words %2A and * are two entries and one scope.
    scopes = list(dict.fromkeys(scopes))
    progress = await advance(reader, scopes, begin=_Count, last=reader.last.get("scan"))
    counts = {
        (database_label(scope.database), label_of(scope.pattern)): finished.tally.keys
        for scope, finished in progress.finished.items()
    }
    return [
        Fact("scan", progress),
        *(Sample(COUNT, float(keys), labels) for labels, keys in counts.items()),
        *scan_samples(progress, _NAME, reader.now()),
        left_out(_NAME, max(0, len(wanted) - _MOST)),
    ]


PROBE = Probe(
    name=_NAME,
    summary="how many keys match a pattern",
    interval=5.0,
    timeout=2.0,
    collect=collect,
    commands=(SCAN_COMMAND, SELECT_COMMAND, INFO_COMMAND),
    metrics=(COUNT, LEFT_OUT, *SCAN_METRICS),
    # Every check that scans heeds the latter two; an option is declared once.
    settings=(CHECK_KEY_PATTERNS, SCAN_BUDGET, SCAN_REPLICAS_ONLY),
    opt_in=CHECK_KEY_PATTERNS,
)

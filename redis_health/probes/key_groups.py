"""Keys by group: how many there are of each, and the memory that they use."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from redis_health.errors import Unavailable
from redis_health.model import Command, Fact, Item, Metric, Probe, Reader, Sample, Setting
from redis_health.probes._key_groups import Groups, compiled, expected, shown
from redis_health.probes._keyspace_lines import databases
from redis_health.probes._named_keys import database_label
from redis_health.probes._scan import (
    SCAN_COMMAND,
    SCAN_METRICS,
    SELECT_COMMAND,
    Progress,
    Scope,
    advance,
    may_scan,
    scan_samples,
)
from redis_health.probes._tables import INFO_COMMAND

_NAME = "key_groups"

CHECK_KEY_GROUPS: Setting[tuple[str, ...]] = Setting(
    name="check_key_groups",
    default=(),
    help="Regular expressions that sort the keys: what the first that matches captures is the"
    " group. One with a comma must stand in the array of a file.",
    expects=expected,
)
MAX_DISTINCT_KEY_GROUPS = Setting(
    name="max_distinct_key_groups",
    default=100,
    low=1,
    high=10_000,
    help="Groups that are shown for each database, those with the most memory; the rest is summed"
    " up as overflow.",
)
KEY_GROUPS_MEMORY_EVERY = Setting(
    name="key_groups_memory_every",
    default=10,
    low=1,
    high=1000,
    help="Ask for the memory of one key of so many in each group, and estimate from it; 1 asks for"
    " all.",
)

KEYS = Metric(
    name="redis_key_group_count",
    help="Keys of the group, counted by SCAN in the background.",
    labels=("db", "key_group"),
)
MEMORY = Metric(
    name="redis_key_group_memory_usage_bytes",
    help="MEMORY USAGE of the group's keys, estimated from some of them.",
    labels=("db", "key_group"),
)
DISTINCT = Metric(
    name="redis_number_of_distinct_key_groups",
    help="Groups in the database, those in the overflow included; at most about 10000.",
    labels=("db",),
)
DURATION = Metric(
    name="redis_last_key_groups_scrape_duration_milliseconds",
    help="What the last passes over all databases have used of Redis, their waits left out.",
)


async def collect(reader: Reader) -> Iterable[Item]:
    """A slice of the pass over the databases that hold keys, and the last results."""
    words = reader.options.value(CHECK_KEY_GROUPS)
    if not words:
        return []
    patterns = compiled(words)
    info = await reader.info()
    if not may_scan(reader, info):
        raise Unavailable("SCAN", "this is a primary, and scan-replicas-only is on")
    every = reader.options.value(KEY_GROUPS_MEMORY_EVERY)
    progress = await advance(
        reader,
        [Scope(database) for database in sorted(databases(info))],
        begin=lambda: Groups(patterns, every),
        last=reader.last.get("scan"),
    )
    most = reader.options.value(MAX_DISTINCT_KEY_GROUPS)
    return [
        Fact("scan", progress),
        *_samples(progress, most),
        *scan_samples(progress, _NAME, reader.now()),
    ]


def _samples(progress: Progress[Groups], most: int) -> Iterator[Sample]:
    for scope, finished in progress.finished.items():
        label = database_label(scope.database)
        tally = finished.tally
        yield Sample(DISTINCT, float(len(tally.groups)), (label,))
        for name, keys, memory in shown(tally, most):
            yield Sample(KEYS, float(keys), (label, name))
            if tally.has_memory:
                yield Sample(MEMORY, memory, (label, name))
    if len(progress.finished) == len(progress.since):
        used = sum(finished.used for finished in progress.finished.values())
        yield Sample(DURATION, used * 1000)


PROBE = Probe(
    name=_NAME,
    summary="number and memory of keys by group",
    interval=5.0,
    timeout=2.0,
    collect=collect,
    commands=(
        SCAN_COMMAND,
        SELECT_COMMAND,
        Command(
            "MEMORY USAGE",
            "about 2 µs for one key of ten, within the same budget",
            optional=True,
            keys="*",
        ),
        INFO_COMMAND,
    ),
    metrics=(KEYS, MEMORY, DISTINCT, DURATION, *SCAN_METRICS),
    settings=(CHECK_KEY_GROUPS, MAX_DISTINCT_KEY_GROUPS, KEY_GROUPS_MEMORY_EVERY),
    opt_in=CHECK_KEY_GROUPS,
)

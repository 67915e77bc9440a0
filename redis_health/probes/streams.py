"""Streams: their length, their groups and what these have not read yet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from redis_health.info import number, scaled
from redis_health.model import Command, Item, Metric, Probe, Reader, Reply, Sample, Setting
from redis_health.probes._named_keys import LEFT_OUT, database_label, find, label_of, left_out
from redis_health.probes._replies import integer, items, pairs, text
from redis_health.probes._scan import SCAN_COMMAND, SCAN_METRICS, SELECT_COMMAND
from redis_health.probes._streams_metrics import (
    ALL,
    GROUP,
    GROUP_IDS,
    IDLE,
    PENDING,
    STREAM,
    STREAM_ENTRIES,
    STREAM_IDS,
)
from redis_health.probes._tables import INFO_COMMAND

CHECK_STREAMS: Setting[tuple[str, ...]] = Setting(
    name="check_streams",
    default=(),
    help="Streams that are shown: name, dbN=name, or a glob pattern.",
)
CHECK_STREAMS_MAX = Setting(
    name="check_streams_max", default=100, low=1, high=1000, help="Most streams that are shown."
)
STREAM_GROUPS_MAX = Setting(
    name="stream_groups_max",
    default=500,
    low=1,
    high=10_000,
    help="Most consumer groups that are shown, of all streams together.",
)
STREAM_CONSUMERS_MAX = Setting(
    name="stream_consumers_max",
    default=1000,
    low=1,
    high=10_000,
    help="Most consumers that are shown, of all groups together.",
)
STREAMS_EXCLUDE_CONSUMER_METRICS = Setting(
    name="streams_exclude_consumer_metrics",
    default=False,
    help="Do not ask for the consumers of the groups.",
)

#: A stream, and a group of it, by their names.
_Group = tuple[bytes, bytes]


async def collect(reader: Reader) -> Iterable[Item]:
    """By database: the types, then the streams with their groups, then the consumers."""
    options = reader.options
    words, most = options.value(CHECK_STREAMS), options.value(CHECK_STREAMS_MAX)
    named = await find(reader, words, check="streams", most=most, kind="stream")
    told = _Told(options.value(STREAM_GROUPS_MAX), options.value(STREAM_CONSUMERS_MAX))
    with_consumers = not options.value(STREAMS_EXCLUDE_CONSUMER_METRICS)
    for database, names in named.keys.items():
        await _look_at(reader, database, names, told, with_consumers=with_consumers)
    return [
        *named.items,
        *told.samples.values(),
        left_out("streams", named.left_out + told.left_out),
    ]


class _Told:
    """The samples so far, each once, and the room that is left for groups and consumers."""

    def __init__(self, groups: int, consumers: int) -> None:
        self.samples: dict[tuple[str, ...], Sample] = {}
        self.left_out = 0
        self._groups = groups
        self._consumers = consumers

    def tell(self, metric: Metric, value: float | None, labels: tuple[str, ...]) -> None:
        """Takes a value, unless the server does not report it."""
        if value is not None:
            self.samples.setdefault((metric.name, *labels), Sample(metric, value, labels))

    def room_for_groups(self, found: Sequence[object]) -> Sequence[object]:
        """As many of them as are still shown."""
        shown = found[: self._groups]
        self._groups -= len(shown)
        self.left_out += len(found) - len(shown)
        return shown

    def room_for_consumers(self, found: Sequence[object]) -> Sequence[object]:
        """As many of them as are still shown."""
        shown = found[: self._consumers]
        self._consumers -= len(shown)
        self.left_out += len(found) - len(shown)
        return shown


async def _look_at(
    reader: Reader, database: int, names: Sequence[bytes], told: _Told, *, with_consumers: bool
) -> None:
    # Asked of anything else XINFO is an error reply, which an operator may count.
    kinds = await reader.on_database(database, *(("TYPE", name) for name in names))
    streams = [name for name, kind in zip(names, kinds, strict=True) if text(kind) == "stream"]
    if not streams:
        return
    replies = await reader.on_database(
        database, *(("XINFO", what, name) for name in streams for what in ("STREAM", "GROUPS"))
    )
    groups: list[_Group] = []
    for name, stream, found in zip(streams, replies[::2], replies[1::2], strict=True):
        labels = (database_label(database), label_of(name))
        _tell_stream(told, stream, labels)
        groups += [(name, group) for group in _tell_groups(told, found, labels)]
    if not with_consumers or not groups:
        return
    replies = await reader.on_database(
        database, *(("XINFO", "CONSUMERS", name, group) for name, group in groups)
    )
    for (name, group), found in zip(groups, replies, strict=True):
        of_group = (database_label(database), label_of(name), label_of(group))
        _tell_consumers(told, found, of_group)


def _tell_stream(told: _Told, reply: Reply, labels: tuple[str, ...]) -> None:
    fields = _fields(reply)
    for field, metric in STREAM.items():
        told.tell(metric, _number(fields.get(field)), labels)
    for field, metric in STREAM_IDS.items():
        told.tell(metric, _milliseconds(fields.get(field)), labels)
    for field, metric in STREAM_ENTRIES.items():
        if field in fields:
            entry = items(fields[field])
            told.tell(metric, _milliseconds(entry[0]) if entry else 0.0, labels)


def _tell_groups(told: _Told, reply: Reply, labels: tuple[str, ...]) -> Iterator[bytes]:
    for each in told.room_for_groups(items(reply)):
        fields = _fields(each)
        name = fields.get("name")
        if not isinstance(name, bytes):
            continue
        for field, metric in GROUP.items():
            told.tell(metric, _number(fields.get(field)), (*labels, label_of(name)))
        for field, metric in GROUP_IDS.items():
            told.tell(metric, _milliseconds(fields.get(field)), (*labels, label_of(name)))
        yield name


def _tell_consumers(told: _Told, reply: Reply, labels: tuple[str, ...]) -> None:
    for each in told.room_for_consumers(items(reply)):
        fields = _fields(each)
        name = label_of(fields.get("name"))
        told.tell(PENDING, _number(fields.get("pending")), (*labels, name))
        idle = _number(fields.get("idle"))
        told.tell(IDLE, None if idle is None else scaled(idle, 0.001), (*labels, name))


def _fields(reply: Reply) -> Mapping[str, object]:
    return {text(name): value for name, value in pairs(reply)}


def _number(value: object) -> float | None:
    whole = integer(value)
    return None if whole is None else float(whole)


def _milliseconds(value: object) -> float | None:
    """The first half of an id, which is a time unless the writer chose another."""
    digits = text(value).partition("-")[0]
    return number({"": digits}, "") if digits.isdecimal() else None


PROBE = Probe(
    name="streams",
    summary="length, groups and consumers of streams",
    interval=15.0,
    timeout=2.0,
    collect=collect,
    commands=(
        Command("TYPE", "about 1 µs a stream", optional=True, keys="*"),
        Command("XINFO STREAM", "about 2 µs and two entries a stream", optional=True, keys="*"),
        Command("XINFO GROUPS", "about 1 µs a group", optional=True, keys="*"),
        Command("XINFO CONSUMERS", "about 1 µs a consumer", optional=True, keys="*"),
        SCAN_COMMAND,
        SELECT_COMMAND,
        INFO_COMMAND,
    ),
    metrics=(*ALL, LEFT_OUT, *SCAN_METRICS),
    settings=(
        CHECK_STREAMS,
        CHECK_STREAMS_MAX,
        STREAM_GROUPS_MAX,
        STREAM_CONSUMERS_MAX,
        STREAMS_EXCLUDE_CONSUMER_METRICS,
    ),
    opt_in=CHECK_STREAMS,
)

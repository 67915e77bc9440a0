"""Named keys: how large they are, and what number they hold."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence

from redis_health.errors import Unavailable
from redis_health.model import Command, Item, Metric, Probe, Reader, Reply, Sample, Setting
from redis_health.probes._named_keys import LEFT_OUT, database_label, find, label_of, left_out
from redis_health.probes._replies import integer, text
from redis_health.probes._scan import SCAN_COMMAND, SCAN_METRICS, SELECT_COMMAND
from redis_health.probes._tables import INFO_COMMAND

#: What tells the size of a value, by its type in the words of TYPE. A HyperLogLog is a string:
#: PFCOUNT would write into its cache.
_SIZES = {
    "string": "STRLEN",
    "list": "LLEN",
    "set": "SCARD",
    "zset": "ZCARD",
    "hash": "HLEN",
    "stream": "XLEN",
    "array": "ARCOUNT",
}
#: Bytes of a string that are looked at.
_SHOWN = 128
_MISSING = "none"

CHECK_KEYS: Setting[tuple[str, ...]] = Setting(
    name="check_keys",
    default=(),
    help="Keys whose size, memory and number are shown: name, dbN=name, or a glob pattern.",
)
CHECK_KEYS_MAX = Setting(
    name="check_keys_max", default=100, low=1, high=10_000, help="Most keys that are shown."
)
EXPORT_KEY_STRINGS = Setting(
    name="export_key_strings",
    default=False,
    help=f"Show strings that are no numbers as a label, their first {_SHOWN} bytes.",
)

SIZE = Metric(
    name="redis_key_size",
    help="STRLEN, LLEN, SCARD, ZCARD, HLEN or XLEN; 0 for a key that does not exist.",
    labels=("db", "key"),
)
MEMORY = Metric(
    name="redis_key_memory_usage_bytes",
    help="MEMORY USAGE, of large collections an estimate from 5 elements.",
    labels=("db", "key"),
)
VALUE = Metric(name="redis_key_value", help="The number that a string holds.", labels=("db", "key"))
STRING = Metric(
    name="redis_key_value_as_string",
    help="1, with the beginning of a string that is no number as val.",
    labels=("db", "key", "val"),
)


async def collect(reader: Reader) -> Iterable[Item]:
    """By database: the types first, since a size has another command for each."""
    words = reader.options.value(CHECK_KEYS)
    most = reader.options.value(CHECK_KEYS_MAX)
    named = await find(reader, words, check="keys", most=most)
    told: dict[tuple[str, ...], Sample] = {}
    for database, names in named.keys.items():
        for sample in await _looked_at(reader, database, names):
            told.setdefault((sample.metric.name, *sample.labels), sample)
    return [*named.items, *told.values(), left_out("keys", named.left_out)]


async def _looked_at(reader: Reader, database: int, names: Sequence[bytes]) -> list[Sample]:
    replies = await reader.on_database(database, *(("TYPE", name) for name in names))
    kinds = dict(zip(names, map(text, replies), strict=True))
    there = [name for name, kind in kinds.items() if kind not in ("", _MISSING)]
    sizes = await _asked(
        reader,
        database,
        {name: (_SIZES[kinds[name]], name) for name in there if kinds[name] in _SIZES},
    )
    memory = await _asked(reader, database, {name: ("MEMORY", "USAGE", name) for name in there})
    # GET would bring all of a string, however long.
    values = await _asked(
        reader,
        database,
        {name: ("GETRANGE", name, 0, _SHOWN - 1) for name in there if kinds[name] == "string"},
    )
    samples: list[Sample] = []
    for name in names:
        labels = (database_label(database), label_of(name))
        size = 0 if kinds[name] == _MISSING else integer(sizes.get(name))
        usage = integer(memory.get(name))
        if size is not None:
            samples.append(Sample(SIZE, float(size), labels))
        if usage is not None:
            samples.append(Sample(MEMORY, float(usage), labels))
        value = values.get(name)
        if isinstance(value, bytes):
            strings = reader.options.value(EXPORT_KEY_STRINGS)
            samples += _value(value, size or 0, labels, strings=strings)
    return samples


async def _asked(
    reader: Reader, database: int, commands: Mapping[bytes, Sequence[str | int | bytes]]
) -> Mapping[bytes, Reply]:
    """The replies by key; none where our user may not ask, so that the rest is still told."""
    if not commands:
        return {}
    try:
        replies = await reader.on_database(database, *commands.values())
    except Unavailable:
        return {}
    return dict(zip(commands, replies, strict=True))


def _value(value: bytes, size: int, labels: tuple[str, ...], *, strings: bool) -> Iterator[Sample]:
    number = _number(value) if size <= _SHOWN else None
    if number is not None:
        yield Sample(VALUE, number, labels)
    elif strings:
        yield Sample(STRING, 1.0, (*labels, label_of(value)))


def _number(value: bytes) -> float | None:
    # float() takes digit separators and spaces, which no client writes into a number.
    if b"_" in value or value != value.strip():
        return None
    try:
        number = float(value)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


PROBE = Probe(
    name="keys",
    summary="size, memory and number of named keys",
    interval=15.0,
    timeout=2.0,
    collect=collect,
    commands=(
        Command("TYPE", "about 1 µs a key", optional=True, keys="*"),
        Command(
            "STRLEN, LLEN, SCARD, ZCARD, HLEN, XLEN", "about 1 µs a key", optional=True, keys="*"
        ),
        Command("MEMORY USAGE", "about 2 µs a key", optional=True, keys="*"),
        Command(f"GETRANGE 0 {_SHOWN - 1}", "about 1 µs a string", optional=True, keys="*"),
        SCAN_COMMAND,
        SELECT_COMMAND,
        INFO_COMMAND,
    ),
    metrics=(SIZE, MEMORY, VALUE, STRING, LEFT_OUT, *SCAN_METRICS),
    settings=(CHECK_KEYS, CHECK_KEYS_MAX, EXPORT_KEY_STRINGS),
    opt_in=CHECK_KEYS,
)

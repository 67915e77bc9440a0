"""FT.INFO: what the search module tells of its indexes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase

from redis_health.info import number
from redis_health.model import (
    Command,
    Item,
    Metric,
    MetricKind,
    Probe,
    Reader,
    Sample,
    Setting,
)
from redis_health.probes._named_keys import LEFT_OUT, left_out
from redis_health.probes._replies import pairs, text

_MEBIBYTE = 2.0**20
_PREFIX = "redis_search_index_"

#: The part of the metric's name, the field of FT.INFO, and its scale.
_FIELDS = (
    ("num_docs", "num_docs", 1.0),
    ("max_doc_id", "max_doc_id", 1.0),
    ("num_terms", "num_terms", 1.0),
    ("num_records", "num_records", 1.0),
    ("total_inverted_index_blocks", "total_inverted_index_blocks", 1.0),
    ("inverted_size_bytes", "inverted_sz_mb", _MEBIBYTE),
    ("vector_index_size_bytes", "vector_index_sz_mb", _MEBIBYTE),
    ("offset_vectors_size_bytes", "offset_vectors_sz_mb", _MEBIBYTE),
    ("doc_table_size_bytes", "doc_table_size_mb", _MEBIBYTE),
    ("sortable_values_size_bytes", "sortable_values_size_mb", _MEBIBYTE),
    ("key_table_size_bytes", "key_table_size_mb", _MEBIBYTE),
    ("tag_overhead_size_bytes", "tag_overhead_sz_mb", _MEBIBYTE),
    ("text_overhead_size_bytes", "text_overhead_sz_mb", _MEBIBYTE),
    ("total_index_memory_size_bytes", "total_index_memory_sz_mb", _MEBIBYTE),
    ("geoshapes_size_bytes", "geoshapes_sz_mb", _MEBIBYTE),
    ("avg_per_doc_records", "records_per_doc_avg", 1.0),
    ("avg_per_record_bytes", "bytes_per_record_avg", 1.0),
    ("avg_per_term_offsets", "offsets_per_term_avg", 1.0),
    ("avg_per_record_offset_bits", "offset_bits_per_record_avg", 1.0),
    ("hash_indexing_failures", "hash_indexing_failures", 1.0),
    ("indexing", "indexing", 1.0),
    ("percent_indexed", "percent_indexed", 1.0),
    ("cleaning", "cleaning", 1.0),
    ("number_of_uses_total", "number_of_uses", 1.0),
)
_METRICS = tuple(
    (
        Metric(
            name=_PREFIX + name,
            help=f"FT.INFO: {field}{' in bytes' if scale != 1 else ''}.",
            kind=MetricKind.COUNTER if name.endswith("_total") else MetricKind.GAUGE,
            labels=("index_name",),
        ),
        field,
        scale,
    )
    for name, field, scale in _FIELDS
)

CHECK_SEARCH_INDEXES: Setting[tuple[str, ...]] = Setting(
    name="check_search_indexes",
    default=(),
    help="Indexes of the search module to show, as names or glob patterns; * is all.",
)
SEARCH_INDEXES_MAX = Setting(
    name="search_indexes_max", default=100, low=1, high=1000, help="Indexes that are shown at most."
)


async def collect(reader: Reader) -> Iterable[Item]:
    """The list of the indexes, and the numbers of those that are wanted."""
    wanted = reader.options.value(CHECK_SEARCH_INDEXES)
    if not wanted:
        return []
    reply = await reader.optional("FT._LIST")
    # A list in RESP2, a set in RESP3.
    known = sorted(map(text, reply)) if isinstance(reply, list | tuple | set | frozenset) else []
    names = [name for name in known if any(fnmatchcase(name, glob) for glob in wanted)]
    most = reader.options.value(SEARCH_INDEXES_MAX)
    result: list[Item] = [left_out("search_indexes", max(0, len(names) - most))]
    shown = names[:most]
    # One round trip for all; an index that has gone meanwhile is an error in its place.
    replies = await reader.on_database(0, *(("FT.INFO", name.encode()) for name in shown))
    for name, answer in zip(shown, replies, strict=True):
        result += _numbers(name, _fields(answer))
    return result


def _numbers(index: str, fields: Mapping[str, str]) -> Iterator[Sample]:
    for metric, field, scale in _METRICS:
        value = number(fields, field)
        if value is not None:
            yield Sample(metric, value * scale, (index,))


def _fields(reply: object) -> Mapping[str, str]:
    """The fields that have one value."""
    return {
        text(name): text(value) if isinstance(value, bytes | str) else str(value)
        for name, value in pairs(reply)
        if isinstance(value, bytes | str | int | float)
    }


PROBE = Probe(
    name="search_indexes",
    summary="documents and memory of the search module's indexes",
    interval=15.0,
    timeout=2.0,
    collect=collect,
    commands=(
        Command("FT._LIST", "about 10 µs", optional=True),
        Command("FT.INFO", "about 50 µs an index", optional=True),
    ),
    metrics=(*(metric for metric, _, _ in _METRICS), LEFT_OUT),
    settings=(CHECK_SEARCH_INDEXES, SEARCH_INDEXES_MAX),
    opt_in=CHECK_SEARCH_INDEXES,
)

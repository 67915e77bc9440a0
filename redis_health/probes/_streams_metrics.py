"""What XINFO tells of streams, their groups and consumers, as tables."""

from __future__ import annotations

from collections.abc import Mapping

from redis_health.model import Metric, MetricKind

_STREAM = ("db", "stream")
_GROUP = (*_STREAM, "group")
_CONSUMER = (*_GROUP, "consumer")


def _table(
    prefix: str, command: str, labels: tuple[str, ...], fields: Mapping[str, str]
) -> Mapping[str, Metric]:
    """Gauges by the field of the reply: metric name without its prefix to field."""
    return {
        field: Metric(name=f"{prefix}_{name}", help=f"{command}: {field}.", labels=labels)
        for name, field in fields.items()
    }


#: Fields that hold a number.
STREAM = {
    **_table(
        "redis_stream",
        "XINFO STREAM",
        _STREAM,
        {
            "length": "length",
            "radix_tree_keys": "radix-tree-keys",
            "radix_tree_nodes": "radix-tree-nodes",
            "groups": "groups",
        },
    ),
    "entries-added": Metric(
        name="redis_stream_entries_added_total",
        help="XINFO STREAM: entries-added (Redis 7 and later).",
        kind=MetricKind.COUNTER,
        labels=_STREAM,
    ),
}
#: Fields that hold an id, of which the milliseconds are shown.
STREAM_IDS = _table(
    "redis_stream",
    "Milliseconds of the id in XINFO STREAM",
    _STREAM,
    {
        "last_generated_id": "last-generated-id",
        "max_deleted_entry_id": "max-deleted-entry-id",
    },
)
#: Fields that hold an entry, of whose id the milliseconds are shown; 0 in an empty stream.
STREAM_ENTRIES = _table(
    "redis_stream",
    "Milliseconds of the id in XINFO STREAM",
    _STREAM,
    {"first_entry_id": "first-entry", "last_entry_id": "last-entry"},
)
GROUP = _table(
    "redis_stream_group",
    "XINFO GROUPS",
    _GROUP,
    {
        "consumers": "consumers",
        "messages_pending": "pending",
        "entries_read": "entries-read",
        "lag": "lag",
    },
)
GROUP_IDS = _table(
    "redis_stream_group",
    "Milliseconds of the id in XINFO GROUPS",
    _GROUP,
    {"last_delivered_id": "last-delivered-id"},
)
PENDING = Metric(
    name="redis_stream_group_consumer_messages_pending",
    help="XINFO CONSUMERS: pending.",
    labels=_CONSUMER,
)
IDLE = Metric(
    name="redis_stream_group_consumer_idle_seconds",
    help="XINFO CONSUMERS: idle.",
    labels=_CONSUMER,
)
ALL = (
    *STREAM.values(),
    *STREAM_IDS.values(),
    *STREAM_ENTRIES.values(),
    *GROUP.values(),
    *GROUP_IDS.values(),
    PENDING,
    IDLE,
)

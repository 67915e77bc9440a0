"""The tables of INFO replication and what INFO stats says of syncs."""

from __future__ import annotations

from collections.abc import Iterator

from redis_health.info import number, parse_pairs, scaled
from redis_health.model import InfoReply, Metric, Sample
from redis_health.probes._tables import gauge, gauges

METRICS = (
    gauge(
        "redis_replication_backlog_bytes",
        "replication",
        "repl_backlog_size",
        aliases=("redis_config_repl_backlog_size",),
    ),
    *gauges(
        "replication",
        {
            "redis_connected_slaves": "connected_slaves",
            "redis_master_repl_offset": "master_repl_offset",
            "redis_min_slaves_good_slaves": "min_slaves_good_slaves",
            "redis_replica_announced": "replica_announced",
            "redis_replica_full_sync_buffer_bytes": "replica_full_sync_buffer_size",
            "redis_replica_full_sync_buffer_peak_bytes": "replica_full_sync_buffer_peak",
            "redis_replicas_buffer_bytes": "replicas_repl_buffer_size",
            "redis_replicas_buffer_peak_bytes": "replicas_repl_buffer_peak",
            "redis_repl_backlog_first_byte_offset": "repl_backlog_first_byte_offset",
            "redis_repl_backlog_history_bytes": "repl_backlog_histlen",
            "redis_repl_backlog_is_active": "repl_backlog_active",
            "redis_replicas_waiting_psync": "replicas_waiting_psync",
            "redis_second_repl_offset": "second_repl_offset",
            "redis_slave_priority": "slave_priority",
            "redis_slave_read_only": "slave_read_only",
        },
    ),
    *gauges(
        "stats",
        {
            "redis_replica_partial_resync_accepted": "sync_partial_ok",
            "redis_replica_partial_resync_denied": "sync_partial_err",
            "redis_replica_resyncs_full": "sync_full",
            "redis_slave_expires_tracked_keys": "slave_expires_tracked_keys",
        },
    ),
)


def _to_primary(name: str, field: str, scale: float = 1.0) -> Metric:
    return Metric(
        name=name,
        help=f"INFO replication: {field}.",
        labels=("master_host", "master_port"),
        field=field,
        scale=scale,
    )


LINK_UP = Metric(
    name="redis_master_link_up",
    help="INFO replication: master_link_status; 1 is up.",
    labels=("master_host", "master_port"),
)
#: Numbers of a replica's link, told with the primary's address.
LINK = (
    _to_primary("redis_master_current_sync_attempts", "master_current_sync_attempts"),
    _to_primary("redis_master_last_io_seconds_ago", "master_last_io_seconds_ago"),
    _to_primary("redis_master_link_down_since_seconds", "master_link_down_since_seconds"),
    _to_primary("redis_master_link_up_since_seconds", "master_link_up_since_seconds"),
    _to_primary("redis_master_sync_expected_bytes", "master_sync_total_bytes"),
    _to_primary("redis_master_sync_in_progress", "master_sync_in_progress"),
    _to_primary("redis_master_sync_last_io_seconds_ago", "master_sync_last_io_seconds_ago"),
    _to_primary("redis_master_sync_left_bytes", "master_sync_left_bytes"),
    _to_primary("redis_master_sync_ratio", "master_sync_perc", 0.01),
    _to_primary("redis_master_sync_read_bytes", "master_sync_read_bytes"),
    _to_primary("redis_master_total_sync_attempts", "master_total_sync_attempts"),
    _to_primary("redis_master_disconnected_seconds", "total_disconnect_time_sec"),
    _to_primary("redis_slave_read_repl_offset", "slave_read_repl_offset"),
    _to_primary("redis_slave_repl_offset", "slave_repl_offset"),
)
#: Numbers that mean nothing until the replica knows how much will come.
_OF_THE_WHOLE = {"master_sync_total_bytes", "master_sync_left_bytes", "master_sync_perc"}
SLAVE_INFO = Metric(
    name="redis_slave_info",
    help="1 on a replica, with its primary (INFO replication: master_host, master_port,"
    " slave_read_only).",
    labels=("master_host", "master_port", "read_only"),
)
SLAVE_OFFSET = Metric(
    name="redis_connected_slave_offset_bytes",
    help="INFO replication: slaveN offset.",
    labels=("slave_ip", "slave_port", "slave_state"),
)
SLAVE_LAG = Metric(
    name="redis_connected_slave_lag_seconds",
    help="INFO replication: slaveN lag.",
    labels=("slave_ip", "slave_port", "slave_state"),
)
ALL = (*METRICS, LINK_UP, *LINK, SLAVE_INFO, SLAVE_OFFSET, SLAVE_LAG)


def slaves(info: InfoReply) -> list[dict[str, str]]:
    """The ``slaveN`` lines of a server with replicas."""
    lines = info.sections.get("replication", {}).items()
    return [
        parse_pairs(line)
        for name, line in lines
        if name.startswith("slave") and name[5:].isdecimal()
    ]


def link_samples(info: InfoReply) -> Iterator[Sample]:
    """What a replica says of the link to its primary."""
    fields = info.fields
    if fields.get("role") != "slave":
        return
    labels = (fields.get("master_host", ""), fields.get("master_port", ""))
    yield Sample(SLAVE_INFO, 1.0, (*labels, fields.get("slave_read_only", "")))
    if "master_link_status" in fields:
        yield Sample(LINK_UP, float(fields["master_link_status"] == "up"), labels)
    sized = (number(fields, "master_sync_total_bytes") or 0.0) > 0
    for metric in LINK:
        field = metric.field or ""
        value = number(fields, field)
        if value is not None and (sized or field not in _OF_THE_WHOLE):
            yield Sample(metric, scaled(value, metric.scale), labels)


def slave_samples(info: InfoReply) -> Iterator[Sample]:
    """What a server says of each of its replicas."""
    for slave in slaves(info):
        labels = (slave.get("ip", ""), slave.get("port", ""), slave.get("state", ""))
        for metric, pair in ((SLAVE_OFFSET, "offset"), (SLAVE_LAG, "lag")):
            value = number(slave, pair)
            if value is not None:
                yield Sample(metric, value, labels)

"""The table of CLUSTER INFO."""

from __future__ import annotations

from redis_health.model import Metric, MetricKind

#: The message types of the cluster bus, as CLUSTER INFO names them.
_TYPES = (
    *("ping", "pong", "meet", "fail", "publish", "publishshard"),
    *("auth-req", "auth-ack", "update", "mfstart", "module"),
)


def _gauge(field: str, name: str | None = None) -> Metric:
    own = field.replace("-", "_")
    return Metric(name=name or f"redis_{own}", help=f"CLUSTER INFO: {field}.", field=field)


METRICS = (
    Metric(
        name="redis_cluster_state",
        help="CLUSTER INFO: cluster_state; 1 is ok, 0 is fail.",
        field="cluster_state",
        values={"ok": 1.0, "fail": 0.0},
    ),
    *map(
        _gauge,
        (
            "cluster_slots_assigned",
            "cluster_slots_ok",
            "cluster_slots_pfail",
            "cluster_slots_fail",
            "cluster_nodes_pfail",
            "cluster_nodes_fail",
            "cluster_voting_nodes_pfail",
            "cluster_voting_nodes_fail",
            "cluster_known_nodes",
            "cluster_size",
            "cluster_current_epoch",
            "cluster_my_epoch",
            "cluster_stats_bytes_sent",
            "cluster_stats_bytes_received",
            "cluster_stats_pubsub_bytes_sent",
            "cluster_stats_pubsub_bytes_received",
            "cluster_stats_module_bytes_sent",
            "cluster_stats_module_bytes_received",
        ),
    ),
    _gauge("cluster_stats_messages_sent", "redis_cluster_messages_sent_total"),
    _gauge("cluster_stats_messages_received", "redis_cluster_messages_received_total"),
    *(
        _gauge(f"cluster_stats_messages_{kind}_{way}")
        for kind in _TYPES
        for way in ("sent", "received")
    ),
    Metric(
        name="redis_cluster_links_buffer_limit_exceeded_total",
        help="CLUSTER INFO: total_cluster_links_buffer_limit_exceeded.",
        kind=MetricKind.COUNTER,
        field="total_cluster_links_buffer_limit_exceeded",
    ),
)

"""Rows: replication, cluster and Sentinel."""

from __future__ import annotations

from deploy.grafana.panel import Kind, Needs, Panel, Query, Row, Unit

_LINK = {"1": ("up", "green"), "0": ("down", "red")}
_PRIMARY = "{{instance}} from {{master_host}}:{{master_port}}"
_REPLICA = "{{instance}} to {{slave_ip}}:{{slave_port}}"

REPLICATION = Row(
    title="Replication",
    panels=(
        Panel(
            title="Roles",
            description="Primaries and replicas by job.",
            queries=(Query("count by (job, role) (redis_instance_info{*})", "{{job}} {{role}}"),),
        ),
        Panel(
            title="Replicas of each primary",
            description="Replicas that are connected.",
            queries=(Query("redis_connected_slaves{*}"),),
        ),
        Panel(
            title="Link to the primary",
            description="As the replica sees it.",
            kind=Kind.STATES,
            queries=(Query("redis_master_link_up{*}", _PRIMARY, needs=Needs.A_REPLICA),),
            mappings=_LINK,
        ),
        Panel(
            title="Lag of the replicas",
            description="Seconds since the replica's last acknowledgement, as the primary sees it.",
            unit=Unit.SECONDS,
            limit="replica_lag",
            queries=(Query("redis_connected_slave_lag_seconds{*}", _REPLICA, needs=Needs.A_PAIR),),
        ),
        Panel(
            title="Bytes that replicas are behind",
            description="Offset of the primary less what the replica has acknowledged.",
            unit=Unit.BYTES,
            queries=(
                Query(
                    "clamp_min(redis_master_repl_offset{*} - on (job, instance)"
                    " group_right () redis_connected_slave_offset_bytes{*}, 0)",
                    _REPLICA,
                    needs=Needs.A_PAIR,
                ),
            ),
        ),
        Panel(
            title="Silence of the primary",
            description="Time since the replica heard of its primary.",
            unit=Unit.SECONDS,
            limit="primary_silence",
            queries=(
                Query("redis_master_last_io_seconds_ago{*}", _PRIMARY, needs=Needs.A_REPLICA),
            ),
        ),
    ),
)

CLUSTER = Row(
    title="Cluster",
    folded=True,
    panels=(
        Panel(
            title="State of the cluster",
            description="cluster_state, as each node sees it.",
            kind=Kind.STATES,
            queries=(Query("redis_cluster_state{*}", needs=Needs.A_CLUSTER),),
            mappings={"1": ("ok", "green"), "0": ("fail", "red")},
        ),
        Panel(
            title="Slots",
            description="Of 16384 slots: served, suspected and lost.",
            queries=tuple(
                Query(
                    f"redis_cluster_slots_{state}{{*}}",
                    f"{{{{instance}}}} {state}",
                    needs=Needs.A_CLUSTER,
                )
                for state in ("ok", "pfail", "fail")
            ),
        ),
        Panel(
            title="Nodes",
            description="Nodes that are known, and primaries that serve slots.",
            queries=(
                Query("redis_cluster_known_nodes{*}", "{{instance}} known", needs=Needs.A_CLUSTER),
                Query("redis_cluster_size{*}", "{{instance}} primaries", needs=Needs.A_CLUSTER),
            ),
        ),
    ),
)

SENTINEL = Row(
    title="Sentinel",
    folded=True,
    panels=(
        Panel(
            title="Primaries as Sentinel sees them",
            description="Whether the primary answers the Sentinel.",
            kind=Kind.STATES,
            queries=(
                Query(
                    "max without (master_status) (redis_sentinel_master_status{*})",
                    "{{instance}} {{master_name}}",
                    needs=Needs.A_SENTINEL,
                ),
            ),
            mappings=_LINK,
        ),
        Panel(
            title="Quorum",
            description="CKQUORUM: whether enough Sentinels can agree on a failover.",
            kind=Kind.STATES,
            queries=(
                Query(
                    "min without (message) (redis_sentinel_master_ckquorum_status{*})",
                    "{{instance}} {{master_name}}",
                    needs=Needs.A_SENTINEL,
                ),
            ),
            mappings={"1": ("reached", "green"), "0": ("not reached", "red")},
        ),
        Panel(
            title="Sentinels and replicas",
            description="How many of them the Sentinel knows and finds well.",
            queries=(
                Query(
                    "redis_sentinel_master_ok_sentinels{*}",
                    "{{master_name}} Sentinels",
                    needs=Needs.A_SENTINEL,
                ),
                Query(
                    "redis_sentinel_master_ok_slaves{*}",
                    "{{master_name}} replicas",
                    needs=Needs.A_SENTINEL,
                ),
            ),
        ),
    ),
)

"""Rows: how fast Redis answers, what it is asked, by whom, and over which wire."""

from __future__ import annotations

from deploy.grafana.panel import Needs, Panel, Query, Row, Unit

_QUANTILES = ("p50", "p95", "p99")

LATENCY = Row(
    title="Latency",
    panels=(
        Panel(
            title="Round trips of the probes",
            description=(
                "What a client beside redis-health waits: PING, INFO, and a fresh connection until"
                " it is logged in. The line is where the verdict becomes degraded."
            ),
            unit=Unit.SECONDS,
            limit="ping_latency",
            queries=(Query("redis_latency_seconds{*}", "{{instance}} {{operation}}"),),
        ),
        Panel(
            title="Execution time of all commands",
            description=(
                "Percentiles over 5 minutes of the time that Redis spends on a command, without"
                " network and queue. Redis 7 and later."
            ),
            unit=Unit.SECONDS,
            limit="alert_command_latency",
            queries=tuple(
                Query(
                    f"instance:redis_command_latency_seconds:{name}_rate5m{{*}}",
                    f"{{{{instance}}}} {name}",
                )
                for name in _QUANTILES
            ),
        ),
        Panel(
            title="Phases of a fresh connection",
            description="Where a new client waits: name, connection, TLS, login.",
            unit=Unit.SECONDS,
            stacked=True,
            queries=(
                Query(
                    "avg by (job, phase) (redis_connect_phase_seconds{*})", "{{phase}} of {{job}}"
                ),
            ),
        ),
    ),
)

COMMANDS = Row(
    title="Commands",
    panels=(
        Panel(
            title="Commands",
            description="All commands that Redis processes.",
            unit=Unit.PER_SECOND,
            queries=(Query("rate(redis_commands_processed_total{*}[$__rate_interval])"),),
        ),
        Panel(
            title="Commands by type",
            description="The ten commands that are called most.",
            unit=Unit.PER_SECOND,
            stacked=True,
            queries=(
                Query("topk(10, sum by (cmd) (instance_cmd:redis_commands:rate5m{*}))", "{{cmd}}"),
            ),
        ),
        Panel(
            title="95th percentile by type",
            description="The ten slowest commands by execution time over 5 minutes.",
            unit=Unit.SECONDS,
            limit="alert_command_latency",
            queries=(
                Query(
                    "topk(10, max by (command)"
                    " (instance_command:redis_command_latency_seconds:p95_rate5m{*} >= 0))",
                    "{{command}}",
                ),
            ),
        ),
        Panel(
            title="Mean execution time by type",
            description="The ten slowest on average; also before Redis 7.",
            unit=Unit.SECONDS,
            queries=(
                Query(
                    "topk(10, max by (cmd)"
                    " (instance_cmd:redis_commands_duration_seconds:mean_rate5m{*} >= 0))",
                    "{{cmd}}",
                ),
            ),
        ),
        Panel(
            title="Share of the execution time",
            description="Seconds per second that Redis spends in each command, the first ten.",
            unit=Unit.RATIO,
            stacked=True,
            queries=(
                Query(
                    "topk(10, sum by (cmd)"
                    " (rate(redis_commands_duration_seconds_total{*}[$__rate_interval])))",
                    "{{cmd}}",
                ),
            ),
        ),
        Panel(
            title="Failing commands",
            description="Calls that were rejected or failed, and error replies by their code.",
            unit=Unit.PER_SECOND,
            queries=(
                Query(
                    "sum by (instance)"
                    " (rate(redis_commands_rejected_calls_total{*}[$__rate_interval]))",
                    "{{instance}} rejected",
                ),
                Query(
                    "sum by (instance)"
                    " (rate(redis_commands_failed_calls_total{*}[$__rate_interval]))",
                    "{{instance}} failed",
                ),
                Query(
                    "rate(redis_errors_total{*}[$__rate_interval])",
                    "{{instance}} {{err}}",
                    needs=Needs.ERRORS,
                ),
            ),
        ),
    ),
)

CLIENTS = Row(
    title="Clients",
    panels=(
        Panel(
            title="Connections",
            description="Clients that are connected, and the limit maxclients.",
            queries=(
                Query("redis_connections_current{*}"),
                Query("redis_max_clients{*}", "{{instance}} limit"),
            ),
        ),
        Panel(
            title="Part of maxclients in use",
            description="At the line the verdict becomes degraded; at 100% Redis rejects clients.",
            unit=Unit.RATIO,
            maximum=1,
            limit="clients_ratio",
            queries=(Query("redis_connections_current{*} / redis_max_clients{*}"),),
        ),
        Panel(
            title="New and rejected connections",
            description="Connections per second; rejected means that maxclients was reached.",
            unit=Unit.PER_SECOND,
            queries=(
                Query(
                    "rate(redis_connections_received_total{*}[$__rate_interval])",
                    "{{instance}} received",
                ),
                Query(
                    "rate(redis_connections_rejected_total{*}[$__rate_interval])",
                    "{{instance}} rejected",
                ),
            ),
        ),
        Panel(
            title="Blocked clients",
            description="Clients that wait in BLPOP, XREAD, WAIT and the like.",
            queries=(Query("redis_blocked_clients{*}"),),
        ),
        Panel(
            title="Largest client buffers",
            description="The largest of recent input and output buffers.",
            unit=Unit.BYTES,
            queries=(
                Query("redis_client_recent_max_input_buffer_bytes{*}", "{{instance}} input"),
                Query("redis_client_recent_max_output_buffer_bytes{*}", "{{instance}} output"),
            ),
        ),
        Panel(
            title="Subscriptions",
            description="Channels and patterns with at least one subscriber.",
            queries=(
                Query("redis_pubsub_channels{*}", "{{instance}} channels"),
                Query("redis_pubsub_patterns{*}", "{{instance}} patterns"),
            ),
        ),
    ),
)

NETWORK = Row(
    title="Network and CPU",
    panels=(
        Panel(
            title="Traffic",
            description="Bytes that Redis reads and writes, replication included.",
            unit=Unit.BYTES_PER_SECOND,
            queries=(
                Query("rate(redis_net_input_bytes_total{*}[$__rate_interval])", "{{instance}} in"),
                Query(
                    "rate(redis_net_output_bytes_total{*}[$__rate_interval])", "{{instance}} out"
                ),
            ),
        ),
        Panel(
            title="Replication traffic",
            description="Bytes per second to replicas and from the primary, as Redis samples them.",
            unit=Unit.BYTES_PER_SECOND,
            queries=(
                Query("redis_instantaneous_input_repl_bytes_per_second{*}", "{{instance}} in"),
                Query("redis_instantaneous_output_repl_bytes_per_second{*}", "{{instance}} out"),
            ),
        ),
        Panel(
            title="CPU",
            description="CPU time per second; commands run on one core, so 100% is the end.",
            unit=Unit.RATIO,
            queries=(
                Query(
                    "rate(redis_cpu_user_seconds_total{*}[$__rate_interval])", "{{instance}} user"
                ),
                Query(
                    "rate(redis_cpu_sys_seconds_total{*}[$__rate_interval])", "{{instance}} system"
                ),
            ),
        ),
    ),
)

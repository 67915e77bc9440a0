"""Rows: what was slow, and how redis-health itself is doing."""

from __future__ import annotations

from deploy.grafana.panel import Needs, Panel, Query, Row, Unit

SLOWLOG = Row(
    title="Slow commands",
    panels=(
        Panel(
            title="Slow commands",
            description="New entries of the slow log by minute.",
            queries=(Query("60 * rate(redis_slowlog_last_id{*}[$__rate_interval]) >= 0"),),
        ),
        Panel(
            title="Time in slow commands",
            description="Seconds per second spent in commands that entered the slow log.",
            unit=Unit.RATIO,
            queries=(
                Query(
                    "topk(10, sum by (command)"
                    " (rate(redis_slowlog_duration_seconds_total{*}[$__rate_interval])))",
                    "{{command}}",
                    needs=Needs.A_SLOW_COMMAND,
                ),
            ),
        ),
        Panel(
            title="Last slow command",
            description="How long it took; at the line RedisSlowCommands fires.",
            unit=Unit.SECONDS,
            limit="slow_command",
            queries=(
                Query("redis_last_slow_execution_duration_seconds{*}"),
                Query(
                    "redis_latency_spike_last{*}",
                    "{{instance}} {{event_name}}",
                    needs=Needs.AN_EVENT,
                ),
            ),
        ),
    ),
)

SERVICE = Row(
    title="redis-health itself",
    folded=True,
    panels=(
        Panel(
            title="Bound on the detection",
            description="How long the loss of a required capability can stay unnoticed at most.",
            unit=Unit.SECONDS,
            queries=(Query("redis_health_detect_within_seconds{*}"),),
        ),
        Panel(
            title="Duration of probe rounds",
            description="95th percentile by probe.",
            unit=Unit.SECONDS,
            queries=(
                Query(
                    "histogram_quantile(0.95, sum by (probe, le)"
                    " (rate(redis_health_probe_duration_seconds_bucket{*}[$__rate_interval])))",
                    "{{probe}}",
                ),
            ),
        ),
        Panel(
            title="Failed probe rounds",
            description="By probe and reason; OWN_FAULT is the fault of redis-health.",
            unit=Unit.PER_SECOND,
            queries=(
                Query(
                    "sum by (probe, code)"
                    " (rate(redis_health_probe_failures_total{*}[$__rate_interval]))",
                    "{{probe}} {{code}}",
                    needs=Needs.A_FAILURE,
                ),
            ),
        ),
        Panel(
            title="Age of what is known",
            description="Time since each check was last observed.",
            unit=Unit.SECONDS,
            queries=(
                Query(
                    "max by (check)"
                    " (time() - redis_health_check_last_observed_timestamp_seconds{*})",
                    "{{check}}",
                ),
            ),
        ),
        Panel(
            title="Lateness of the event loop",
            description="The largest since the last scrape.",
            unit=Unit.SECONDS,
            queries=(Query("redis_health_event_loop_lag_seconds{*}"),),
        ),
        Panel(
            title="Duration of scrapes",
            description="How long Prometheus waits for the metrics.",
            unit=Unit.SECONDS,
            queries=(Query("scrape_duration_seconds{*} and on (job, instance) service_health{*}"),),
        ),
    ),
)

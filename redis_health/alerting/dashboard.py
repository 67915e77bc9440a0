"""Series for dashboards, whose queries would be heavy at each refresh."""

from __future__ import annotations

from redis_health.model import Recording

_BUCKETS = "rate(redis_command_latency_seconds_bucket[5m])"
_QUANTILES = {"p50": 0.5, "p95": 0.95, "p99": 0.99}


def _latency(level: str, aggregation: str) -> tuple[Recording, ...]:
    return tuple(
        Recording(
            record=f"{level}:redis_command_latency_seconds:{name}_rate5m",
            expr=f"histogram_quantile({quantile:g}, {aggregation})",
        )
        for name, quantile in _QUANTILES.items()
    )


RECORDINGS = (
    *_latency("job", f"sum by (job, le) ({_BUCKETS})"),
    *_latency("instance", f"sum without (command) ({_BUCKETS})"),
    *_latency("instance_command", _BUCKETS),
    Recording(
        record="job:redis_commands_processed:rate5m",
        expr="sum by (job) (rate(redis_commands_processed_total[5m]))",
    ),
    Recording(
        record="instance_cmd:redis_commands:rate5m",
        expr="rate(redis_commands_total[5m])",
    ),
    Recording(
        record="instance_cmd:redis_commands_duration_seconds:mean_rate5m",
        expr="rate(redis_commands_duration_seconds_total[5m]) / rate(redis_commands_total[5m])",
    ),
    Recording(
        record="instance:redis_keyspace_hits:ratio_rate5m",
        expr=(
            "rate(redis_keyspace_hits_total[5m])\n"
            "/ (rate(redis_keyspace_hits_total[5m]) + rate(redis_keyspace_misses_total[5m]))"
        ),
    ),
    Recording(
        record="job:redis_memory_used_bytes:sum", expr="sum by (job) (redis_memory_used_bytes)"
    ),
    Recording(record="job:redis_connections:sum", expr="sum by (job) (redis_connections_current)"),
    Recording(record="job:redis_up:avg", expr="avg by (job) (redis_up)"),
)

"""Alerts about persistence, where it is switched on."""

from __future__ import annotations

from redis_health.model import Alert, Urgency

ALERTS = (
    Alert(
        name="RedisPersistenceFailing",
        expr="redis_persistence_status == 0",
        severity=Urgency.WARNING,
        for_=60,
        keep_firing_for=120,
        summary="Redis cannot persist its data ({{ $labels.type }}) on {{ $labels.instance }}",
        description=(
            "The last {{ $labels.type }} save or write failed (status {{ $value }})."
            " What changed since then is lost if Redis stops."
        ),
    ),
    Alert(
        name="RedisAofRewriteFailing",
        expr="redis_aof_last_bgrewrite_status == 0 and redis_aof_enabled == 1",
        severity=Urgency.WARNING,
        for_=300,
        keep_firing_for=300,
        summary="Redis cannot rewrite its AOF on {{ $labels.instance }}",
        description=(
            "The last rewrite of the append-only file failed (status {{ $value }});"
            " the file grows until the disk is full."
        ),
    ),
    Alert(
        name="RedisBackupTooOld",
        expr=(
            "time() - redis_rdb_last_save_timestamp_seconds >= {unsaved_age|86400}\n"
            "and redis_rdb_changes_since_last_save > 0\n"
            'and on (job, instance) redis_persistence_status{type="rdb"}\n'
            "unless redis_aof_enabled == 1"
        ),
        severity=Urgency.WARNING,
        for_=300,
        summary="The last RDB save of Redis is too old on {{ $labels.instance }}",
        description=(
            "Data have changed, and the last save was {{ $value | humanizeDuration }} ago"
            " (limit {unsaved_age|86400} s)."
        ),
    ),
    Alert(
        name="RedisAofDelayed",
        expr="increase(redis_aof_delayed_fsync[10m]) > 2",
        severity=Urgency.WARNING,
        for_=60,
        keep_firing_for=600,
        summary="The disk holds up the AOF of Redis on {{ $labels.instance }}",
        description=(
            'Redis had to wait for fsync {{ $value | printf "%.0f" }} times in 10 minutes;'
            " all clients wait meanwhile."
        ),
    ),
)

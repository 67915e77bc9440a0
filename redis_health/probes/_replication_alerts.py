"""Alerts about replication: each link, each replica, and the roles over a whole job."""

from __future__ import annotations

from redis_health.model import Alert, Recording, Urgency

RECORDINGS = (
    Recording(
        record="job:redis_primaries:count",
        expr='count by (job) (redis_instance_info{role="master"})',
    ),
    Recording(record="job:redis_servers:count", expr="count by (job) (redis_instance_info)"),
)


def _reason(code: str) -> str:
    # Without the severity, whose change would begin the wait for the alert anew.
    return f'max without (check, code, severity) (redis_health_reason{{code="{code}"}}) > 0'


_OF_LINKS = (
    Alert(
        name="RedisReplicationBroken",
        expr=(
            "redis_master_link_down_since_seconds >= {replica_max_stale}\n"
            "and redis_master_link_up == 0"
        ),
        severity=Urgency.WARNING,
        for_=30,
        summary="The replica on {{ $labels.instance }} has lost its primary",
        description=(
            "The link to {{ $labels.master_host }}:{{ $labels.master_port }} has been down for"
            " {{ $value | humanizeDuration }} (limit {replica_max_stale} s)."
        ),
    ),
    Alert(
        name="RedisReplicaNeverSynced",
        expr=_reason("NEVER_SYNCED"),
        severity=Urgency.WARNING,
        for_=120,
        summary="The replica on {{ $labels.instance }} has never had its primary's data",
        description=(
            "It has not synchronised once since it started"
            " ({{ $value }} reason NEVER_SYNCED): its data are missing or those of another time."
        ),
    ),
    Alert(
        name="RedisReplicationLag",
        expr='redis_connected_slave_lag_seconds{slave_state="online"} >= {replica_lag}',
        severity=Urgency.WARNING,
        for_=60,
        keep_firing_for=120,
        summary="A replica lags behind the primary on {{ $labels.instance }}",
        description=(
            "The replica {{ $labels.slave_ip }}:{{ $labels.slave_port }} last acknowledged"
            " {{ $value | humanizeDuration }} ago (limit {replica_lag} s)."
        ),
    ),
    Alert(
        name="RedisPrimarySilent",
        expr=(
            "redis_master_last_io_seconds_ago >= {primary_silence}\nand redis_master_link_up == 1"
        ),
        severity=Urgency.WARNING,
        for_=30,
        summary="The replica on {{ $labels.instance }} hears nothing from its primary",
        description=(
            "The link to {{ $labels.master_host }}:{{ $labels.master_port }} says up, and nothing"
            " has come for {{ $value | humanizeDuration }} (limit {primary_silence} s)."
        ),
    ),
    Alert(
        name="RedisReplicasMissing",
        expr=_reason("REPLICAS_MISSING"),
        severity=Urgency.WARNING,
        for_=300,
        summary="The primary on {{ $labels.instance }} has too few replicas",
        description=(
            "Fewer replicas are online than expect_replicas says"
            " ({{ $value }} reason REPLICAS_MISSING)."
        ),
    ),
)

_OF_JOBS = (
    Alert(
        name="RedisPrimaryMissing",
        expr=(
            'count by (job) (redis_instance_info{role="slave"})\n'
            'unless on (job) redis_instance_info{role="master"}\n'
            "and on (job) present_over_time(job:redis_primaries:count[1d])"
        ),
        severity=Urgency.CRITICAL,
        for_=60,
        summary="The job {{ $labels.job }} has no Redis primary",
        description=(
            "It had one within the last day, and all that is left are {{ $value }} replicas:"
            " nobody can write."
        ),
    ),
    Alert(
        name="RedisTooManyPrimaries",
        # Several groups may share a job, so that the number itself says nothing: more primaries
        # than usual among no more servers than usual means that a replica became a second one.
        expr=(
            "job:redis_primaries:count > quantile_over_time(0.5, job:redis_primaries:count[1d])\n"
            "and job:redis_servers:count <= quantile_over_time(0.5, job:redis_servers:count[1d])"
        ),
        severity=Urgency.CRITICAL,
        for_=60,
        summary="The job {{ $labels.job }} has more Redis primaries than usual",
        description=(
            "A replica has become a primary, and no primary has gone: there are {{ $value }} now."
            " What clients write to the wrong one will be lost."
        ),
    ),
)

ALERTS = (*_OF_LINKS, *_OF_JOBS)

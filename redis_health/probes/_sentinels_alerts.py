"""Alerts about what the Sentinels around a Redis say."""

from __future__ import annotations

from redis_health.model import Alert, Urgency

ALERTS = (
    Alert(
        name="RedisNotThePrimary",
        # At once, and not over at once: the old primary of a failover takes writes for seconds.
        expr=(
            'max without (check, code, severity) (redis_health_reason{code="NOT_THE_PRIMARY"}) > 0'
        ),
        severity=Urgency.CRITICAL,
        keep_firing_for=300,
        summary="Redis on {{ $labels.instance }} is not the primary that it should be",
        description=(
            "The Sentinels name another server ({{ $value }} reason NOT_THE_PRIMARY)."
            " Clients that still write here lose what they write."
        ),
    ),
    Alert(
        name="RedisSentinelUnreachable",
        expr="redis_health_sentinel_up == 0",
        severity=Urgency.WARNING,
        for_=120,
        summary="The Sentinel {{ $labels.sentinel }} does not answer {{ $labels.instance }}",
        description=(
            "It has not answered for 2 minutes (up is {{ $value }}): with one more gone there may"
            " be nobody left to fail over."
        ),
    ),
)

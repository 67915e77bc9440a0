"""Alerts about who gets in, and about what intruders change."""

from __future__ import annotations

from redis_health.model import Alert, Urgency

ALERTS = (
    Alert(
        name="RedisOpenToNetwork",
        expr='redis_security_finding{code="OPEN_TO_NETWORK"} == 1',
        severity=Urgency.WARNING,
        for_=60,
        summary="Redis on {{ $labels.instance }} serves strangers without a login",
        description=(
            "Whoever reaches its port may read and write all data ({{ $labels.code }} is"
            " {{ $value }})."
        ),
    ),
    Alert(
        name="RedisReplicationTampered",
        expr=(
            'redis_security_finding{code=~"UNEXPECTED_PRIMARY|ROLE_CHANGED|PRIMARY_CHANGED"} == 1'
        ),
        severity=Urgency.WARNING,
        summary="Redis on {{ $labels.instance }} was given a role or a primary unasked",
        description=(
            "{{ $labels.code }} is {{ $value }}: nobody is known to have meant it, and a replica's"
            " data are those of its primary."
        ),
    ),
    Alert(
        name="RedisConfigTampered",
        expr='redis_security_finding{code=~"CONFIG_CHANGED|MODULES_CHANGED"} == 1',
        severity=Urgency.WARNING,
        summary="Redis on {{ $labels.instance }} was reconfigured while it ran",
        description=(
            "{{ $labels.code }} is {{ $value }}: where it writes, who reaches it, or which modules"
            " run is not as it was at the start."
        ),
    ),
)

"""Alerts about what a Sentinel says of its primaries."""

from __future__ import annotations

from redis_health.model import Alert, Urgency

ALERTS = (
    Alert(
        name="RedisSentinelPrimaryDown",
        expr="max without (master_status) (redis_sentinel_master_status) == 0",
        severity=Urgency.CRITICAL,
        for_=60,
        summary="The Sentinel on {{ $labels.instance }} sees {{ $labels.master_name }} down",
        description=(
            "The primary {{ $labels.master_name }} at {{ $labels.master_address }} does not answer"
            " the Sentinel (status {{ $value }}), and no failover has ended that."
        ),
    ),
    Alert(
        name="RedisSentinelNoQuorum",
        expr=(
            "min without (message) (redis_sentinel_master_ckquorum_status) == 0\n"
            "unless on (job, instance) redis_sentinel_tilt == 1"
        ),
        severity=Urgency.WARNING,
        for_=60,
        keep_firing_for=120,
        summary="No quorum for {{ $labels.master_name }}, says the Sentinel {{ $labels.instance }}",
        description=(
            "CKQUORUM is {{ $value }}: should the primary {{ $labels.master_name }} fail,"
            " nobody could fail over."
        ),
    ),
    Alert(
        name="RedisSentinelTilt",
        expr="redis_sentinel_tilt == 1",
        severity=Urgency.WARNING,
        for_=60,
        summary="The Sentinel on {{ $labels.instance }} is in TILT mode",
        description=(
            "Its clock has jumped or its process was suspended (tilt is {{ $value }});"
            " it acts on nothing until 30 quiet seconds have passed."
        ),
    ),
)

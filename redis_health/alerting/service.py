"""Alerts about the verdict and about the service itself."""

from __future__ import annotations

from redis_health.model import Alert, Recording, Urgency

#: Other services may export service_health too, and this only stands beside ours.
_OURS = "redis_health_detect_within_seconds"
_REASONS = (
    '{{ range printf "redis_health_reason{job=%q,instance=%q}" $labels.job $labels.instance'
    ' | query | sortByLabel "code" }} {{ .Labels.code }}{{ end }}'
)

RECORDINGS = (
    # It remembers itself, so that a target that has died stays known as ours while it is listed.
    Recording(
        record="instance:redis_health_target:bool",
        expr=(
            "up >= bool 0\n"
            "and on (job, instance)\n"
            f"({_OURS} or on (job, instance) instance:redis_health_target:bool)"
        ),
    ),
)

ALERTS = (
    Alert(
        name="RedisDown",
        expr="redis_up == 0",
        severity=Urgency.CRITICAL,
        for_=30,
        summary="Redis is down on {{ $labels.instance }}",
        description=(
            "Redis has not let a client in for more than 30 seconds (redis_up is {{ $value }})."
            f" Reasons:{_REASONS}."
        ),
    ),
    Alert(
        name="RedisNotServing",
        expr=f"service_health == 0 and {_OURS} unless redis_up == 0",
        severity=Urgency.CRITICAL,
        for_=60,
        summary="Redis answers but does not do its job on {{ $labels.instance }}",
        description=(
            "Redis lets clients in, and something that is required of it is lost"
            f" (service_health is {{{{ $value }}}}). Reasons:{_REASONS}."
        ),
    ),
    Alert(
        name="RedisDegraded",
        expr=f"service_health == 0.5 and {_OURS}",
        severity=Urgency.WARNING,
        for_=600,
        summary="Redis is degraded on {{ $labels.instance }}",
        description=(
            "Redis works, and something has been wrong for 10 minutes"
            f" (service_health is {{{{ $value }}}}). Reasons:{_REASONS}."
        ),
    ),
    Alert(
        name="RedisHealthTargetDown",
        expr="up == 0 and on (job, instance) instance:redis_health_target:bool",
        severity=Urgency.CRITICAL,
        for_=60,
        summary="redis-health cannot be scraped on {{ $labels.instance }}",
        description=(
            "Prometheus gets no metrics from redis-health (up is {{ $value }}),"
            " so nothing is known of its Redis."
        ),
    ),
    Alert(
        name="RedisHealthAbsent",
        expr=f"absent({_OURS})",
        severity=Urgency.CRITICAL,
        for_=300,
        summary="No redis-health is scraped at all",
        description=(
            "Prometheus has not seen any redis-health for 5 minutes (absent is {{ $value }}),"
            " so no alert about Redis can fire."
        ),
    ),
    Alert(
        name="RedisHealthStaleProbe",
        expr=(
            'max without (code, severity) (redis_health_reason{code="UNOBSERVED"}) > 0\n'
            "unless on (job, instance) redis_up == 0"
        ),
        severity=Urgency.WARNING,
        for_=60,
        keep_firing_for=120,
        summary="The check {{ $labels.check }} observes nothing on {{ $labels.instance }}",
        description=(
            "redis-health runs, but its check {{ $labels.check }} has had no result for longer"
            " than two intervals ({{ $value }} reason UNOBSERVED): its metrics are withheld."
        ),
    ),
    Alert(
        name="RedisHealthProbeRestarted",
        expr="increase(redis_health_probe_restarts_total[15m]) > 0",
        severity=Urgency.WARNING,
        keep_firing_for=900,
        summary="The check {{ $labels.probe }} of redis-health died on {{ $labels.instance }}",
        description=(
            'The task of this check died and was started again {{ $value | printf "%.0f" }} times'
            " in 15 minutes. That is a fault of redis-health, not of Redis."
        ),
    ),
)

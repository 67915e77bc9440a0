"""The objective of 99.9 % availability: how fast its error budget is spent."""

from __future__ import annotations

from redis_health.model import Alert, Recording, Urgency

#: The part of the time for which Redis may be down.
BUDGET = 0.001
#: Seconds between two evaluations, on which the ratios rely.
INTERVAL = 30
_WINDOWS = {
    "5m": 300,
    "30m": 1800,
    "1h": 3600,
    "2h": 7200,
    "6h": 21600,
    "1d": 86400,
    "3d": 259200,
}


def _ratio(window: str, seconds: int) -> Recording:
    # A sum and no average: a server that is watched for a minute has not failed for three days.
    return Recording(
        record=f"instance:redis_unavailable:ratio_{window}",
        expr=f"sum_over_time(instance:redis_unavailable:bool[{window}]) * {INTERVAL} / {seconds}",
    )


RECORDINGS = (
    Recording(
        record="instance:redis_unavailable:bool",
        expr=(
            "service_health == bool 0 and redis_health_detect_within_seconds\n"
            'unless on (job, instance) redis_health_reason{code="STARTING"}'
        ),
    ),
    *(_ratio(window, seconds) for window, seconds in _WINDOWS.items()),
)


def _burn(rate: float, long: str, short: str) -> str:
    limit = f"> {rate:g} * {BUDGET:g}"
    return (
        f"instance:redis_unavailable:ratio_{long} {limit}"
        f" and instance:redis_unavailable:ratio_{short} {limit}"
    )


ALERTS = (
    Alert(
        name="RedisErrorBudgetBurningFast",
        expr=f"{_burn(14.4, '1h', '5m')}\nor\n{_burn(6, '6h', '30m')}",
        severity=Urgency.CRITICAL,
        keep_firing_for=300,
        summary="Redis spends its error budget within days on {{ $labels.instance }}",
        description=(
            "Redis was down for {{ $value | humanizePercentage }} of the last 1 or 6 hours,"
            " and still is at times. The objective allows 0.1% over 30 days."
        ),
    ),
    Alert(
        name="RedisErrorBudgetBurningSlowly",
        expr=f"{_burn(3, '1d', '2h')}\nor\n{_burn(1, '3d', '6h')}",
        severity=Urgency.WARNING,
        for_=900,
        keep_firing_for=900,
        summary="Redis will miss its availability objective on {{ $labels.instance }}",
        description=(
            "Redis was down for {{ $value | humanizePercentage }} of the last 1 or 3 days."
            " The objective allows 0.1% over 30 days."
        ),
    ),
)

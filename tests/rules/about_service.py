"""When the alerts about the verdict, the service and the objective fire."""

from __future__ import annotations

from tests.rules.scenario import Scenario

_OURS = {"redis_health_detect_within_seconds": "4x20000"}
_NOBODY = {"job": None, "instance": None}

SCENARIOS = (
    Scenario(
        alert="RedisDown",
        about="down for half a minute, with its reason, until it is back",
        series={
            "redis_up": "0x6 1x10",
            'redis_health_reason{code="CONN_REFUSED",check="connect",severity="down"}': "1x6",
        },
        silent=("15s", "105s"),
        fires=("30s", "90s"),
        description=(
            "Redis has not let a client in for more than 30 seconds (redis_up is 0)."
            " Reasons: CONN_REFUSED."
        ),
    ),
    Scenario(
        alert="RedisDown", about="a blip", series={"redis_up": "1 0 1x10"}, silent=("15s", "45s")
    ),
    Scenario(
        alert="RedisNotServing",
        about="up and of no use",
        series={
            **_OURS,
            "redis_up": "1x20",
            "service_health": "0x20",
            'redis_health_reason{code="OOM",check="memory",severity="down"}': "1x20",
            'redis_health_reason{code="MISCONF_RDB",check="write",severity="down"}': "1x20",
        },
        silent=("45s",),
        fires=("1m",),
        description=(
            "Redis lets clients in, and something that is required of it is lost"
            " (service_health is 0). Reasons: MISCONF_RDB OOM."
        ),
    ),
    Scenario(
        alert="RedisNotServing",
        about="down is told by RedisDown",
        series={**_OURS, "redis_up": "0x20", "service_health": "0x20"},
        silent=("5m",),
    ),
    Scenario(
        alert="RedisNotServing",
        about="degraded is no loss",
        series={**_OURS, "redis_up": "1x20", "service_health": "0.5x20"},
        silent=("5m",),
    ),
    Scenario(
        alert="RedisNotServing",
        about="the service_health of another service",
        series={"service_health": "0x20"},
        silent=("5m",),
    ),
    Scenario(
        alert="RedisDegraded",
        about="degraded for ten minutes",
        series={
            **_OURS,
            "service_health": "0.5x60",
            'redis_health_reason{code="SLOW",check="ping",severity="degraded"}': "1x60",
        },
        silent=("585s",),
        fires=("10m",),
        description=(
            "Redis works, and something has been wrong for 10 minutes (service_health is 0.5)."
            " Reasons: SLOW."
        ),
    ),
    Scenario(
        alert="RedisDegraded",
        about="up",
        series={**_OURS, "service_health": "1x60"},
        silent=("15m",),
    ),
    Scenario(
        alert="RedisDegraded",
        about="the service_health of another service",
        series={"service_health": "0.5x60"},
        silent=("15m",),
    ),
    Scenario(
        alert="RedisHealthTargetDown",
        about="ours once, and gone for longer than any lookback",
        series={"redis_health_detect_within_seconds": "4x4 stale", "up": "1x4 0x200"},
        silent=("120s",),
        fires=("135s", "40m"),
        description=(
            "Prometheus gets no metrics from redis-health (up is 0), so nothing is known of its"
            " Redis."
        ),
    ),
    Scenario(
        alert="RedisHealthTargetDown",
        about="back again",
        series={"redis_health_detect_within_seconds": "4x4 _x8 4x8", "up": "1x4 0x8 1x8"},
        silent=("4m",),
    ),
    Scenario(
        alert="RedisHealthTargetDown",
        about="another program",
        series={"up": "0x40", 'redis_health_detect_within_seconds{instance="other"}': "4x40"},
        silent=("10m",),
    ),
    Scenario(
        alert="RedisHealthAbsent",
        about="nothing of ours",
        series={"up": "1x40"},
        silent=("285s",),
        fires=("5m",),
        labels=_NOBODY,
        description=(
            "Prometheus has not seen any redis-health for 5 minutes (absent is 1),"
            " so no alert about Redis can fire."
        ),
    ),
    Scenario(alert="RedisHealthAbsent", about="one of ours", series=_OURS, silent=("10m",)),
    Scenario(
        alert="RedisHealthStaleProbe",
        about="one check is silent, whatever its severity",
        series={
            "redis_up": "1x40",
            'redis_health_reason{code="UNOBSERVED",check="info",severity="degraded"}': "1x2 stale",
            'redis_health_reason{code="UNOBSERVED",check="info",severity="down"}': "_x3 1x20",
        },
        silent=("45s",),
        fires=("1m",),
        labels={"check": "info"},
        description=(
            "redis-health runs, but its check info has had no result for longer than two intervals"
            " (1 reason UNOBSERVED): its metrics are withheld."
        ),
    ),
    Scenario(
        alert="RedisHealthStaleProbe",
        about="nothing is observed of a Redis that is down",
        series={
            "redis_up": "0x40",
            'redis_health_reason{code="UNOBSERVED",check="info",severity="down"}': "1x40",
        },
        silent=("5m",),
    ),
    Scenario(
        alert="RedisHealthProbeRestarted",
        about="a task died",
        series={'redis_health_probe_restarts_total{probe="ping"}': "0x8 1x200"},
        silent=("2m", "35m"),
        fires=("5m", "31m"),
        labels={"probe": "ping"},
        description=(
            "The task of this check died and was started again 1 times in 15 minutes."
            " That is a fault of redis-health, not of Redis."
        ),
    ),
    Scenario(
        alert="RedisHealthProbeRestarted",
        about="none died",
        series={'redis_health_probe_restarts_total{probe="ping"}': "3x100"},
        silent=("20m",),
    ),
    Scenario(
        alert="RedisErrorBudgetBurningFast",
        about="a minute of an hour, until it has been well for ten minutes",
        series={**_OURS, "service_health": "1x118 0x1 1x60"},
        step="30s",
        silent=("59m30s", "71m"),
        fires=("60m", "70m"),
        description=(
            "Redis was down for 1.667% of the last 1 or 6 hours, and still is at times."
            " The objective allows 0.1% over 30 days."
        ),
    ),
    Scenario(
        alert="RedisErrorBudgetBurningFast",
        about="the minute is long past",
        series={**_OURS, "service_health": "0x1 1x200"},
        step="30s",
        silent=("30m",),
    ),
    Scenario(
        alert="RedisErrorBudgetBurningFast",
        about="starting is no outage",
        series={
            **_OURS,
            "service_health": "0x40",
            'redis_health_reason{code="STARTING",check="",severity="down"}': "1x40",
        },
        step="30s",
        silent=("15m",),
    ),
    Scenario(
        alert="RedisErrorBudgetBurningSlowly",
        about="270 s are more than 0.1 % of three days",
        series={**_OURS, "service_health": "0x8 1x60"},
        step="30s",
        silent=("18m30s",),
        fires=("19m",),
        description=(
            "Redis was down for 0.3125% of the last 1 or 3 days."
            " The objective allows 0.1% over 30 days."
        ),
    ),
    Scenario(
        alert="RedisErrorBudgetBurningSlowly",
        about="240 s are less",
        series={**_OURS, "service_health": "0x7 1x60"},
        step="30s",
        silent=("30m",),
    ),
)

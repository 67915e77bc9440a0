"""Rows: the verdict with its reasons, and how available Redis has been."""

from __future__ import annotations

from deploy.grafana.panel import Kind, Needs, Panel, Query, Row, Unit

_STATES = {"1": ("up", "green"), "0.5": ("degraded", "orange"), "0": ("down", "red")}
_YES_NO = {"1": ("yes", "green"), "0": ("no", "red")}
_PRESENT = {"1": ("present", "red"), "0": ("", "transparent")}

VERDICT = Row(
    title="Verdict",
    panels=(
        Panel(
            title="Verdict now",
            description=(
                "What redis-health says of each Redis: up, degraded (it works, and something is"
                " wrong) or down (something required is lost)."
            ),
            kind=Kind.VALUE,
            queries=(Query("service_health{*}"),),
            mappings=_STATES,
            width=6,
            height=6,
        ),
        Panel(
            title="Verdict over time",
            description="The verdict of each Redis. A gap means that nobody scraped redis-health.",
            kind=Kind.STATES,
            queries=(Query("service_health{*}"),),
            mappings=_STATES,
            width=18,
            height=6,
        ),
        Panel(
            title="Reasons",
            description=(
                "Why a verdict was not up: one line for each reason, with its check. What a code"
                " means and what to do is in docs/reasons.md."
            ),
            kind=Kind.STATES,
            queries=(
                Query(
                    "redis_health_reason{*}",
                    "{{instance}} {{check}}: {{code}} ({{severity}})",
                    needs=Needs.A_REASON,
                ),
            ),
            mappings=_PRESENT,
            width=12,
        ),
        Panel(
            title="Checks",
            description="Whether each check is observed and finds nothing wrong.",
            kind=Kind.STATES,
            queries=(
                Query(
                    "min by (job, check) (redis_health_check_healthy{*})", "{{check}} of {{job}}"
                ),
            ),
            mappings=_YES_NO,
            width=12,
        ),
    ),
)

AVAILABILITY = Row(
    title="Availability",
    panels=(
        Panel(
            title="Availability in the time shown",
            description=(
                "Part of the time for which Redis did what is required of it (up or degraded)."
            ),
            kind=Kind.VALUE,
            unit=Unit.RATIO,
            queries=(Query("1 - avg_over_time(instance:redis_unavailable:bool{*}[$__range])"),),
            width=6,
        ),
        Panel(
            title="Error budget burn",
            description=(
                "Unavailability in the last hour and six hours over the 0.1% that the objective"
                " allows. At 1 the budget of 30 days lasts 30 days."
            ),
            queries=(
                Query("instance:redis_unavailable:ratio_1h{*} / 0.001", "{{instance}} 1 h"),
                Query("instance:redis_unavailable:ratio_6h{*} / 0.001", "{{instance}} 6 h"),
            ),
            width=6,
        ),
        Panel(
            title="Lets clients in",
            description="redis_up: Redis accepts connections and our login.",
            kind=Kind.STATES,
            queries=(Query("redis_up{*}"),),
            mappings=_YES_NO,
            width=6,
        ),
        Panel(
            title="Uptime",
            description="Time since Redis was started; it falls to zero at a restart.",
            unit=Unit.SECONDS,
            queries=(Query("redis_uptime_in_seconds{*}"),),
            width=6,
        ),
    ),
)

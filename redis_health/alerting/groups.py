"""Which rules there are: those of the probes, of the service and of the objective."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from redis_health.alerting import dashboard, objective, service
from redis_health.alerting.template import applies, fill
from redis_health.model import Alert, Probe, Recording


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Rules that Prometheus evaluates together, recordings first; ``interval`` in seconds."""

    name: str
    recordings: tuple[Recording, ...]
    alerts: tuple[Alert, ...]
    interval: int | None = None


def declared(probes: Sequence[Probe]) -> tuple[Group, ...]:
    """All rules as they are declared, with places for values."""
    return (
        Group(
            name="redis_health",
            recordings=(
                *service.RECORDINGS,
                *(recording for probe in probes for recording in probe.recordings),
            ),
            alerts=(*service.ALERTS, *(alert for probe in probes for alert in probe.alerts)),
        ),
        Group(
            name="redis_health_objective",
            recordings=objective.RECORDINGS,
            alerts=objective.ALERTS,
            interval=objective.INTERVAL,
        ),
        Group(name="redis_health_dashboard", recordings=dashboard.RECORDINGS, alerts=()),
    )


def effective(probes: Sequence[Probe], values: Mapping[str, float | None]) -> tuple[Group, ...]:
    """The rules with the values in force, without those whose threshold is off."""
    return tuple(_filled(group, values) for group in declared(probes))


def _filled(group: Group, values: Mapping[str, float | None]) -> Group:
    return replace(
        group,
        recordings=tuple(
            replace(one, expr=fill(one.expr, values))
            for one in group.recordings
            if applies(one.expr, values)
        ),
        alerts=tuple(
            replace(
                one,
                expr=fill(one.expr, values),
                summary=fill(one.summary, values),
                description=fill(one.description, values),
            )
            for one in group.alerts
            if applies(one.expr, values)
        ),
    )

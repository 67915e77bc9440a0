"""What a table of cases is made of, and its form for promtool."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from redis_health.alerting import runbook_url
from redis_health.model import Alert

JOB = "redis"
INSTANCE = "redis:9091"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """Series over time, and the moments at which an alert is silent or fires.

    ``series`` has the values in promtool's notation, one each ``step``; job and instance are added
    to the names. ``labels`` are those of the alert beside job, instance and severity; one of None
    is absent. ``description`` is what a person gets to read.
    """

    alert: str
    about: str
    series: Mapping[str, str]
    step: str = "15s"
    silent: tuple[str, ...] = ()
    fires: tuple[str, ...] = ()
    labels: Mapping[str, str | None] = field(default_factory=dict)
    description: str = ""

    def document(self, alert: Alert, rules: str) -> dict[str, Any]:
        """A file for ``promtool test rules``."""
        labels = {"job": JOB, "instance": INSTANCE, "severity": alert.severity.value, **self.labels}
        present = {name: value for name, value in labels.items() if value is not None}
        firing = {
            "exp_labels": present,
            "exp_annotations": {
                "summary": _with_labels(alert.summary, present),
                "description": self.description,
                "runbook_url": runbook_url(alert),
            },
        }
        moments = [(at, [firing]) for at in self.fires] + [(at, []) for at in self.silent]
        return {
            "rule_files": [rules],
            "evaluation_interval": self.step,
            "tests": [
                {
                    "interval": self.step,
                    "input_series": [
                        {"series": _with_target(series), "values": values}
                        for series, values in self.series.items()
                    ],
                    "alert_rule_test": [
                        {"eval_time": at, "alertname": alert.name, "exp_alerts": expected}
                        for at, expected in moments
                    ],
                }
            ],
        }


def _with_target(series: str) -> str:
    name, _, rest = series.partition("{")
    labels = [rest.rstrip("}")] if rest else []
    for label, value in (("job", JOB), ("instance", INSTANCE)):
        if f"{label}=" not in rest:
            labels.append(f'{label}="{value}"')
    return f"{name}{{{','.join(labels)}}}"


def _with_labels(template: str, labels: Mapping[str, str]) -> str:
    return re.sub(r"\{\{ \$labels\.(\w+) \}\}", lambda place: labels.get(place[1], ""), template)

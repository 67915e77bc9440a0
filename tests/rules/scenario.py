"""What a table of cases is made of, and its form for promtool."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
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

    def test(self, alert: Alert) -> dict[str, Any]:
        """An entry of ``tests`` in a file for promtool."""
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
            "name": self.about,
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


def moments_of(values: str) -> list[str]:
    """The values in promtool's notation, one by one."""
    found: list[str] = []
    for word in values.split():
        match = re.fullmatch(r"(_|-?[\d.e]+)(?:([+-])([\d.]+))?(?:x(\d+))?", word)
        if match is None or match[4] is None:
            found.append(word)
        elif match[1] == "_":
            found += ["_"] * int(match[4])
        else:
            step = float(f"{match[2]}{match[3]}") if match[2] else 0.0
            found += [
                f"{float(match[1]) + step * index:.15g}" for index in range(int(match[4]) + 1)
            ]
    return found


def document(scenarios: Sequence[Scenario], alert: Alert, rules: Path) -> dict[str, Any]:
    """A file for ``promtool test rules``: scenarios of one alert, with one step."""
    [step] = {scenario.step for scenario in scenarios}
    return {
        "rule_files": [str(rules)],
        "evaluation_interval": step,
        "tests": [scenario.test(alert) for scenario in scenarios],
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

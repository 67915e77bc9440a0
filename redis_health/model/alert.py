"""What Prometheus is to alert on, and what it is to compute for that."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Urgency(StrEnum):
    """The label ``severity`` of an alert: who is told, and when."""

    CRITICAL = "critical"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Recording:
    """A series that Prometheus computes at each evaluation, under the name ``record``.

    ``expr`` is a template as in ``Alert``.
    """

    record: str
    expr: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """The declaration of one alerting rule.

    ``expr`` is PromQL in which ``{NAME}`` stands for the value in force of the threshold or setting
    of that name, and ``{NAME|VALUE}`` for VALUE where the operator has switched that threshold off.
    ``summary`` and ``description`` are templates of Prometheus in which the same may stand.
    ``for_`` is how long the expression must hold before the alert fires, ``keep_firing_for`` how
    long the alert outlasts it, both in seconds. The runbook has the name of the alert.
    """

    name: str
    expr: str
    severity: Urgency
    summary: str
    description: str
    for_: int = 0
    keep_firing_for: int = 0

"""Alert rules for Prometheus, made from the declarations. Pure: no input or output."""

from redis_health.alerting.groups import Group, declared, effective
from redis_health.alerting.rules_file import duration, rules_file, runbook_url
from redis_health.alerting.template import fill, names, values

__all__ = [
    "Group",
    "declared",
    "duration",
    "effective",
    "fill",
    "names",
    "rules_file",
    "runbook_url",
    "values",
]

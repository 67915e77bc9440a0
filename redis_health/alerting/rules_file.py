"""Writes rules as the YAML that Prometheus loads.

Texts are written as JSON strings, which YAML takes as they are, and expressions as blocks.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from redis_health.alerting.groups import Group
from redis_health.model import Alert, Recording

_RUNBOOKS = "https://github.com/redis-health/redis-health/blob/main/docs/runbooks"
_HEAD = (
    "# Written by `redis-health rules` from the thresholds that the verdict uses. Do not edit:\n"
    "# change the configuration, and run `redis-health rules --config FILE` again.\n"
)
_UNITS = (("d", 86400), ("h", 3600), ("m", 60))


def rules_file(groups: Iterable[Group]) -> str:
    """The rule file for these groups."""
    return _HEAD + "groups:\n" + "\n".join(_block(_group(group)) for group in groups)


def runbook_url(alert: Alert) -> str:
    """Where the runbook of an alert stands."""
    return f"{_RUNBOOKS}/{alert.name}.md"


def duration(seconds: int) -> str:
    """Seconds as Prometheus writes them, in the largest unit that fits: ``30s``, ``2m``."""
    for unit, size in _UNITS:
        if seconds and seconds % size == 0:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"


def _group(group: Group) -> Iterator[str]:
    yield f"- name: {group.name}"
    if group.interval is not None:
        yield f"  interval: {duration(group.interval)}"
    yield "  rules:"
    for recording in group.recordings:
        yield from _recording(recording)
    for alert in group.alerts:
        yield from _alert(alert)


def _recording(recording: Recording) -> Iterator[str]:
    yield f"  - record: {recording.record}"
    yield from _expression(recording.expr)


def _alert(alert: Alert) -> Iterator[str]:
    yield f"  - alert: {alert.name}"
    yield from _expression(alert.expr)
    if alert.for_:
        yield f"    for: {duration(alert.for_)}"
    if alert.keep_firing_for:
        yield f"    keep_firing_for: {duration(alert.keep_firing_for)}"
    yield "    labels:"
    yield f"      severity: {alert.severity}"
    yield "    annotations:"
    yield f"      summary: {_text(alert.summary)}"
    yield f"      description: {_text(alert.description)}"
    yield f"      runbook_url: {_text(runbook_url(alert))}"


def _expression(expr: str) -> Iterator[str]:
    yield "    expr: |-"
    yield from (f"      {line}" for line in expr.splitlines())


def _text(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _block(lines: Iterable[str]) -> str:
    return "".join(f"{line}\n" for line in lines)

"""A verdict as a monitoring plugin tells it (the Monitoring Plugins' guidelines)."""

from __future__ import annotations

from collections.abc import Iterator

from redis_health.cli.sentence import latency, sentence
from redis_health.model import State, Verdict
from redis_health.monitor import Monitor

UNKNOWN = 3
_STATUS = {State.UP: 0, State.DEGRADED: 1, State.DOWN: 2}
_WORD = {0: "OK", 1: "WARNING", 2: "CRITICAL", UNKNOWN: "UNKNOWN"}
_BLIND = {"STARTING", "UNOBSERVED"}
#: The families that make performance data: label and unit of measurement.
_DATA = {
    "redis_connections_current": ("clients", ""),
    "redis_memory_used_bytes": ("memory", "B"),
    "redis_commands_processed_total": ("commands", "c"),
    "redis_keys_evicted_total": ("evicted", "c"),
}


def status(verdict: Verdict) -> int:
    """0 up, 1 degraded, 2 down, 3 when nothing could be observed."""
    if verdict.reasons and verdict.codes <= _BLIND:
        return UNKNOWN
    return _STATUS[verdict.state]


def line(monitor: Monitor) -> str:
    """The plugin's one line: service, status, text, and performance data after a bar."""
    verdict = monitor.verdict
    text = sentence(monitor).replace("|", "/")
    data = " ".join(_performance(monitor))
    told = f"REDIS {_WORD[status(verdict)]} - {text}"
    return f"{told} | {data}" if data else told


def _performance(monitor: Monitor) -> Iterator[str]:
    seconds = latency(monitor.verdict)
    if seconds is not None:
        yield f"ping={seconds:.6f}s"
    for name in sorted(monitor.verdict.fresh):
        success = monitor.snapshot.checks[name].success
        for sample in success.samples if success is not None else ():
            if sample.metric.name in _DATA and isinstance(sample.value, int | float):
                label, unit = _DATA[sample.metric.name]
                yield f"{label}={sample.value:.0f}{unit}"

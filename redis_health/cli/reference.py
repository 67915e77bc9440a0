"""Writes the tables of the documentation from the declarations: ``make generate``.

A table stands between ``<!-- generated: NAME -->`` and ``<!-- end -->``; whatever is around it is
written by hand.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from redis_health.alerting import duration, effective, values
from redis_health.config import options
from redis_health.config import reference as option_table
from redis_health.exposition.catalogue import reference as metric_tables
from redis_health.model import Alert, Condition, Metric, Policy, Probe, ProbeOptions
from redis_health.monitor.telemetry import OF_THE_SERVICE, OF_THE_VERDICT
from redis_health.probes import catalogue
from redis_health.replies import conditions
from redis_health.supervisor import probe as child
from redis_health.verdict import CONDITIONS

_BLOCK = re.compile(r"(<!-- generated: (?P<name>[a-z-]+) -->\n).*?(<!-- end -->)", re.DOTALL)

_MAIN_GROUPS = ("Redis", "TLS to Redis", "Sentinels", "Service", "Verdict", "Scrape")
#: The names of the first customer's document; dashboards begin with these.
_FIRST_NAMES = (
    "service_health",
    "redis_up",
    "redis_latency_seconds",
    "redis_command_latency_seconds",
    "redis_commands_processed_total",
    "redis_commands_per_second",
    "redis_connections_current",
    "redis_connections_rejected_total",
    "redis_memory_used_bytes",
    "redis_memory_peak_bytes",
    "redis_memory_fragmentation_ratio",
    "redis_keys_total",
    "redis_keys_evicted_total",
    "redis_keys_expired_total",
    "redis_persistence_status",
)


def rewritten(text: str) -> str:
    """The text with every generated block made anew.

    Raises:
        KeyError: a block asks for a table that there is not.
    """
    return _BLOCK.sub(lambda block: f"{block[1]}{TABLES[block['name']]()}\n{block[3]}", text)


def all_metrics() -> list[tuple[str, Metric]]:
    """Every family with the name of the probe that it comes from, or of the service."""
    found = [("verdict", metric) for metric in OF_THE_VERDICT]
    found += [("service", metric) for metric in (*OF_THE_SERVICE, *child.METRICS)]
    found += [(probe.name, metric) for probe in catalogue() for metric in probe.metrics]
    return found


def all_conditions() -> list[Condition]:
    """Every condition that can become a reason, one for each code, in order of code."""
    found = [*CONDITIONS, *conditions.ALL, *child.CONDITIONS]
    for probe in catalogue():
        found += probe.conditions
        found += [threshold.condition for threshold in probe.thresholds]
    return sorted({one.code: one for one in reversed(found)}.values(), key=lambda one: one.code)


def _main_options() -> str:
    return option_table([one for one in options(catalogue()) if one.group in _MAIN_GROUPS])


def _probe_options() -> str:
    return option_table([one for one in options(catalogue()) if one.group not in _MAIN_GROUPS])


def _first_metrics() -> str:
    metrics = {metric.name: metric for _, metric in all_metrics()}
    return _table(
        ("Metric", "Type", "Labels", "Meaning"),
        (
            (
                f"`{name}`",
                metrics[name].kind.value,
                ", ".join(f"`{label}`" for label in metrics[name].labels),
                metrics[name].help,
            )
            for name in _FIRST_NAMES
        ),
    )


def _metrics() -> str:
    sections: dict[str, list[Metric]] = {}
    seen: set[str] = set()
    for origin, metric in all_metrics():
        if metric.name not in seen:
            seen.add(metric.name)
            sections.setdefault(origin, []).append(metric)
    return metric_tables(sections).rstrip()


def _probes() -> str:
    return _table(
        ("Check", "Tells", "Every", "Asks Redis"),
        ((f"`{p.name}`", p.summary, f"{p.interval:g} s", _commands(p)) for p in catalogue()),
    )


def _commands(probe: Probe) -> str:
    return "; ".join(f"`{command.text}` ({command.cost})" for command in probe.commands)


def _reasons() -> str:
    return _table(
        ("Code", "What is wrong", "Lost, if required", "What to do"),
        (
            (
                f"`{one.code}`",
                one.summary + (" (a note: the verdict stays)" if one.note else ""),
                ", ".join(sorted(one.lost)) or "-",
                one.advice,
            )
            for one in all_conditions()
        ),
    )


def _alerts() -> str:
    return _table(
        ("Alert", "Severity", "After", "Tells"),
        (
            (f"[{one.name}]({one.name}.md)", one.severity.value, duration(one.for_), _told(one))
            for group in effective(catalogue(), values(catalogue(), Policy(), ProbeOptions()))
            for one in group.alerts
        ),
    )


def _told(alert: Alert) -> str:
    """The summary, with the names of labels in the place of their values."""
    return re.sub(r"\{\{ \$labels\.(\w+) \}\}", lambda place: place[1].upper(), alert.summary)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(c.replace('|', chr(92) + '|') for c in r)} |" for r in lines)


TABLES: dict[str, Callable[[], str]] = {
    "options": _main_options,
    "probe-options": _probe_options,
    "first-metrics": _first_metrics,
    "metrics": _metrics,
    "probes": _probes,
    "reasons": _reasons,
    "alerts": _alerts,
}


def main(paths: Sequence[str]) -> None:
    """Makes the blocks of the named files anew."""
    for path in map(Path, paths):
        before = path.read_text(encoding="utf-8")
        after = rewritten(before)
        if after != before:
            path.write_text(after, encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])

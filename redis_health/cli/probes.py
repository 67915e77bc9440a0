"""``redis-health probes``: what is asked of Redis, how often, and what comes of it."""

from __future__ import annotations

from collections.abc import Iterator

import click

from redis_health.cli.settings import settings_of
from redis_health.config.commandline import ConfiguredCommand, with_options
from redis_health.model import Policy, Probe
from redis_health.probes import catalogue

_GROUPS = ("Rounds", "Thresholds")


@click.command(cls=ConfiguredCommand)
@with_options(catalogue(), groups=_GROUPS)
def command(**flags: object) -> None:
    """List the probes: intervals, the commands that they issue, metrics, thresholds and codes."""
    policy = settings_of(flags).policy
    for probe in catalogue():
        for line in _told(probe, policy):
            click.echo(line)
        click.echo()


def _told(probe: Probe, policy: Policy) -> Iterator[str]:
    schedule = policy.schedules[probe.name]
    yield f"{probe.name}: {probe.summary}"
    opt_in = f", only with --{probe.opt_in.name.replace('_', '-')}" if probe.opt_in else ""
    yield f"  every {schedule.interval:g} s, at most {schedule.timeout:g} s a round{opt_in}"
    for command_ in probe.commands:
        optional = ", done without where refused" if command_.optional else ""
        yield f"  asks {command_.text} ({command_.cost}{optional})"
    for threshold in probe.thresholds:
        limits = policy.limits_of(threshold)
        if limits.enter is None:
            told = "off"
        else:
            sign = ">=" if threshold.above else "<="
            told = f"{sign} {limits.enter:g} {threshold.unit}"
            if limits.leave is not None:
                told += f", until {limits.leave:g}"
        yield f"  threshold {threshold.name.replace('_', '-')}: {threshold.condition.code} {told}"
    codes = sorted({condition.code for condition in probe.conditions})
    if codes:
        yield f"  codes {', '.join(codes)}"
    names = [metric.name for metric in probe.metrics]
    if names:
        yield f"  metrics {', '.join(names)}"

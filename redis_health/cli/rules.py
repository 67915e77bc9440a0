"""``redis-health rules``: the alert rules for the thresholds in force."""

from __future__ import annotations

import click

from redis_health.alerting import effective, rules_file, values
from redis_health.cli.settings import settings_of
from redis_health.config.commandline import ConfiguredCommand, with_options
from redis_health.probes import catalogue

_GROUPS = ("Probes", "Thresholds")


@click.command(cls=ConfiguredCommand)
@with_options(catalogue(), groups=_GROUPS)
def command(**flags: object) -> None:
    """Print alert and recording rules for Prometheus, with the thresholds in force."""
    settings = settings_of(flags)
    for warning in settings.warnings:
        click.echo(f"warning: {warning}", err=True)
    numbers = values(catalogue(), settings.policy, settings.probe_options)
    click.echo(rules_file(effective(catalogue(), numbers)), nl=False)

"""``redis-health config``: what is in force, and where it came from."""

from __future__ import annotations

import click

from redis_health.cli.settings import settings_of
from redis_health.config import describe
from redis_health.config.commandline import ConfiguredCommand, with_options
from redis_health.probes import catalogue


@click.command(cls=ConfiguredCommand)
@with_options(catalogue())
def command(**flags: object) -> None:
    """Print the effective configuration with its sources; secrets are masked."""
    settings = settings_of(flags)
    click.echo(describe(settings))
    for warning in settings.warnings:
        click.echo(f"warning: {warning}", err=True)

"""From the flags of a command to Settings, with errors as click shows them."""

from __future__ import annotations

import os
from collections.abc import Mapping

import click

from redis_health.config import Settings, load
from redis_health.errors import ConfigError
from redis_health.probes import catalogue


def settings_of(flags: Mapping[str, object | None]) -> Settings:
    """The settings that the flags, the environment and the file come to.

    Raises:
        click.UsageError: one of them is wrong; exit status 2.
    """
    try:
        settings = load(catalogue(), flags=flags, environ=os.environ)
    except ConfigError as error:
        raise click.UsageError(str(error)) from error
    if settings.policy.accepted:
        _check_codes(settings)
    return settings


def _check_codes(settings: Settings) -> None:
    """The codes are declared on floors that do not know each other: here is who knows all."""
    from redis_health.cli.reference import all_conditions  # noqa: PLC0415 - seldom needed

    known = {condition.code for condition in all_conditions()}
    unknown = sorted(settings.policy.accepted - known)
    if unknown:
        raise click.UsageError(f"--accept: there is no reason code {', '.join(unknown)}")

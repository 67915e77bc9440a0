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
        return load(catalogue(), flags=flags, environ=os.environ)
    except ConfigError as error:
        raise click.UsageError(str(error)) from error

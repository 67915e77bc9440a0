"""Flags, environment and TOML file, and the Settings that they come to.

The flags of click commands are in ``redis_health.config.commandline``, which is not imported here,
so that reading the configuration does not need click.
"""

from redis_health.config.catalogue import options
from redis_health.config.loading import load
from redis_health.config.option import Kind, Option
from redis_health.config.patterns import Address, Pattern, Scheme, literal, unmapped
from redis_health.config.scrape import Login, ScrapeSettings
from redis_health.config.settings import Listen, LogFormat, LogLevel, Settings, Source
from redis_health.config.supervision import Restart, Supervision
from redis_health.config.tables import describe, reference
from redis_health.config.urls import redact_url

__all__ = [
    "Address",
    "Kind",
    "Listen",
    "LogFormat",
    "LogLevel",
    "Login",
    "Option",
    "Pattern",
    "Restart",
    "Scheme",
    "ScrapeSettings",
    "Settings",
    "Source",
    "Supervision",
    "describe",
    "literal",
    "load",
    "options",
    "redact_url",
    "reference",
    "unmapped",
]

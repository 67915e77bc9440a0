"""Reads the web configuration again when one of its files has changed."""

from __future__ import annotations

import asyncio
import contextlib
from concurrent.futures import Executor
from typing import Protocol

import structlog

from redis_health.config.web_config import WebConfig, read_web_config
from redis_health.errors import ConfigError

_log = structlog.get_logger(__name__)

#: Seconds between two looks at the files.
INTERVAL = 3.0


class Configured(Protocol):
    """What has a configuration and takes another."""

    @property
    def config(self) -> WebConfig:
        """The one in force."""

    def use(self, config: WebConfig) -> None:
        """From now on this one is in force."""


async def keep_current(
    configured: Configured,
    *,
    worker: Executor,
    asked: asyncio.Event,
    interval: float = INTERVAL,
) -> None:
    """Look at the files every ``interval`` seconds, and at once when ``asked`` is set; for ever.

    The disk is left to the worker. What cannot be used is logged once, and the configuration stays
    as it is.
    """
    loop = asyncio.get_running_loop()
    told = ""
    while True:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(interval):
                await asked.wait()
        if asked.is_set():
            asked.clear()
            told = ""
        config, problem = configured.config, ""
        try:
            changed = await loop.run_in_executor(worker, _changed, config)
            if changed is not None:
                _check_still_safe(config, changed)
        except ConfigError as error:
            problem = str(error)
        except Exception as error:
            # Were this task to end, a user who has gone would be let in for ever. The words of an
            # error that nobody expected may hold a secret.
            problem = f"{config.path}: {type(error).__name__}"
        if problem:
            if problem != told:
                _log.error("web configuration not reloaded, the old one stays", problem=problem)
            told = problem
            continue
        told = ""
        if changed is not None:
            configured.use(changed)
            _log.info("web configuration reloaded", path=str(changed.path))
            for warning in changed.warnings:
                _log.warning("configuration", told=warning)


def _changed(config: WebConfig) -> WebConfig | None:
    return None if config.is_current() else read_web_config(config.path, name=config.name)


def _check_still_safe(old: WebConfig, new: WebConfig) -> None:
    """A file that is just being written may be empty: that must not open the doors."""
    if (old.tls is None) != (new.tls is None):
        raise ConfigError(f"{new.path}: TLS is switched on or off by a restart alone")
    if old.users and not new.users:
        raise ConfigError(f"{new.path}: the last user goes by a restart alone")

"""The log: JSON lines, or columns for people on a terminal, on standard error."""

from __future__ import annotations

import logging
import os
import sys

import structlog

from redis_health.cli.outlet import Outlet
from redis_health.config import LogFormat, LogLevel


def configure(form: LogFormat, level: LogLevel) -> None:
    """Sends our own lines and those of the libraries one way."""
    number = logging.getLevelNamesMapping()[level.value.upper()]
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = Outlet(_descriptor())
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *_renderers(form),
            ],
        )
    )
    logging.basicConfig(handlers=[handler], level=number, force=True)


def flush() -> None:
    """Gives the last lines their chance, where the process is about to end without ado."""
    for handler in logging.getLogger().handlers:
        handler.flush()


def silence() -> None:
    """Lets nothing be logged: a command that prints one line says there what there is to say."""
    # Nothing of ours is critical, and structlog knows no level above that.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))


def _descriptor() -> int:
    # Started with standard error closed there is none, and its number will be that of a socket.
    return os.open(os.devnull, os.O_WRONLY) if sys.stderr is None else sys.stderr.fileno()


def _renderers(form: LogFormat) -> list[structlog.typing.Processor]:
    terminal = sys.stderr is not None and sys.stderr.isatty()
    if form is LogFormat.JSON or (form is LogFormat.AUTO and not terminal):
        return [
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ]
    return [structlog.dev.ConsoleRenderer(colors=terminal)]

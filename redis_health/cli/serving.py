"""What ``serve`` and ``run`` have in common: settings, sockets, and the service on them."""

from __future__ import annotations

import asyncio
import gc
import socket
import sys
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager, nullcontext
from typing import TYPE_CHECKING

import click
import structlog

from redis_health import __version__
from redis_health.cli import logs
from redis_health.cli.notify import notified
from redis_health.cli.settings import settings_of
from redis_health.config import Settings
from redis_health.errors import ListenError
from redis_health.exposition import SnapshotCollector
from redis_health.model import Probe, Sample
from redis_health.monitor import LoopWatch, Monitor, ScrapePool, watchdog
from redis_health.probes import catalogue
from redis_health.web import Service, bind, create_app, serving

if TYPE_CHECKING:
    from redis_health.web.guard import Guard


def configured(flags: Mapping[str, object | None]) -> Settings:
    """The settings in force, with the log set up and their warnings in it.

    Raises:
        click.UsageError: one of them is wrong; exit status 2.
    """
    settings = settings_of(flags)
    logs.configure(settings.log_format, settings.log_level)
    for warning in settings.warnings:
        structlog.get_logger().warning("configuration", told=warning)
    return settings


def listening(settings: Settings) -> Sequence[socket.socket]:
    """The sockets of the service; where there are none to be had, the program ends with 1."""
    try:
        sockets = bind(settings.listen)
    except ListenError as error:
        click.echo(f"redis-health: {error}", err=True)
        sys.exit(1)
    # What is loaded by now lives for ever: the collector need not look at it again.
    gc.collect()
    gc.freeze()
    return sockets


@asynccontextmanager
async def watching(
    settings: Settings,
    sockets: Sequence[socket.socket],
    *,
    probes: Sequence[Probe],
    samples: Callable[[], Iterable[Sample]] = tuple,
    reload: asyncio.Event | None = None,
) -> AsyncIterator[Service]:
    """Watch Redis and answer on the sockets while the context lasts.

    ``samples`` are shown in the metrics beside those of the probes. When ``reload`` is set the web
    configuration is looked at, which happens every few seconds without it too.
    """
    watch = LoopWatch()
    monitor = Monitor(
        settings.target,
        probes=probes,
        policy=settings.policy,
        options=settings.probe_options,
        watch=watch,
    )
    monitor.registry.register(SnapshotCollector(samples))
    # The catalogue's alone: a probe of our own child process tells nothing of other servers.
    scrapes = ScrapePool(
        settings.scrape, probes=catalogue(), registry=monitor.registry, watch=watch
    )
    service = Service(
        monitor=monitor,
        scrapes=scrapes,
        hostname=socket.gethostname(),
        version=__version__,
        drain_delay=settings.drain_delay,
    )
    guard = _guard(settings, reload or asyncio.Event())
    app = create_app(service, guard=guard)
    terms = None if guard is None else guard.terms
    async with (
        monitor,
        scrapes,
        guard or nullcontext(),
        serving(app, sockets, terms=terms),
        notified(monitor.stuck),
    ):
        with watchdog(watch):
            structlog.get_logger().info(
                "serving",
                version=__version__,
                target=settings.target.url,
                at=[_url(each, "http" if terms is None else "https") for each in sockets],
                detect_within_seconds=monitor.verdict.detect_within,
            )
            yield service


def _guard(settings: Settings, reload: asyncio.Event) -> Guard | None:
    """What the web configuration asks for; who has none does not pay for its libraries."""
    if settings.web is None:
        return None
    from redis_health.web.guard import Guard  # noqa: PLC0415

    return Guard(settings.web, asked=reload)


def _url(listening_socket: socket.socket, scheme: str) -> str:
    host, port = listening_socket.getsockname()[:2]
    return f"{scheme}://[{host}]:{port}/" if ":" in host else f"{scheme}://{host}:{port}/"

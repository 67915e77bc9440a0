"""``redis-health serve``: the service."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import socket
import sys
from collections.abc import Sequence

import click
import structlog

from redis_health import __version__
from redis_health.cli import logs
from redis_health.cli.settings import settings_of
from redis_health.config import Settings
from redis_health.config.commandline import ConfiguredCommand, with_options
from redis_health.errors import ListenError
from redis_health.monitor import Monitor
from redis_health.probes import catalogue
from redis_health.web import Service, bind, create_app, serving


@click.command(cls=ConfiguredCommand)
@with_options(catalogue())
def command(**flags: object) -> None:
    """Watch Redis and answer on HTTP until SIGTERM.

    Every option is a flag, an environment variable (in brackets) and a key of the TOML file that
    --config names; a flag beats the environment, which beats the file.
    """
    settings = settings_of(flags)
    logs.configure(settings.log_format, settings.log_level)
    log = structlog.get_logger()
    for warning in settings.warnings:
        log.warning("configuration", told=warning)
    try:
        sockets = bind(settings.listen)
    except ListenError as error:
        click.echo(f"redis-health: {error}", err=True)
        sys.exit(1)
    # What is loaded by now lives for ever: the collector need not look at it again.
    gc.collect()
    gc.freeze()
    asyncio.run(_serve(settings, sockets))


async def _serve(settings: Settings, sockets: Sequence[socket.socket]) -> None:
    log = structlog.get_logger()
    signals: asyncio.Queue[signal.Signals] = asyncio.Queue()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, signals.put_nowait, number)
    monitor = Monitor(
        settings.target,
        probes=catalogue(),
        policy=settings.policy,
        options=settings.probe_options,
    )
    service = Service(
        monitor=monitor,
        hostname=socket.gethostname(),
        version=__version__,
        drain_delay=settings.drain_delay,
    )
    async with monitor, serving(create_app(service), sockets):
        log.info(
            "serving",
            version=__version__,
            target=settings.target.url,
            at=[_url(listening) for listening in sockets],
            detect_within_seconds=monitor.verdict.detect_within,
        )
        received = await signals.get()
        service.draining = True
        # Nobody routes traffic by a terminal's Ctrl-C.
        delay = settings.drain_delay if received is signal.SIGTERM else 0.0
        log.info("draining", signal=received.name, seconds=delay)
        try:
            async with asyncio.timeout(delay):
                again = await signals.get()
        except TimeoutError:
            log.info("stopped")
        else:
            log.info("stopped at once", signal=again.name)
            os._exit(128 + again)


def _url(listening: socket.socket) -> str:
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"

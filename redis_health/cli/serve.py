"""``redis-health serve``: the service."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from collections.abc import Sequence

import click
import structlog

from redis_health.cli import logs
from redis_health.cli.eventloop import run
from redis_health.cli.serving import configured, listening, watching
from redis_health.config import Settings
from redis_health.config.commandline import ConfiguredCommand, with_options
from redis_health.probes import catalogue


@click.command(cls=ConfiguredCommand)
@with_options(catalogue())
def command(**flags: object) -> None:
    """Watch Redis and answer on HTTP until SIGTERM.

    Every option is a flag, an environment variable (in brackets) and a key of the TOML file that
    --config names; a flag beats the environment, which beats the file. The file of
    --web.config.file and those that it names are read again when they have changed, and on SIGHUP.
    """
    settings = configured(flags)
    run(_serve(settings, listening(settings)))


async def _serve(settings: Settings, sockets: Sequence[socket.socket]) -> None:
    log = structlog.get_logger()
    signals: asyncio.Queue[signal.Signals] = asyncio.Queue()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, signals.put_nowait, number)
    reload = asyncio.Event()
    if settings.web is not None:
        loop.add_signal_handler(signal.SIGHUP, reload.set)
    else:
        # Whoever sends it means it well, and must not end the service by it.
        loop.add_signal_handler(
            signal.SIGHUP, log.info, "nothing to read again: no --web.config.file is given"
        )
    async with watching(settings, sockets, probes=catalogue(), reload=reload) as service:
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
            logs.flush()
            os._exit(128 + again)

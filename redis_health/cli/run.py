"""``redis-health run -- redis-server …``: the server as a child, and the service beside it."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from collections.abc import Sequence
from dataclasses import replace

import click

from redis_health.cli import eventloop
from redis_health.cli.serving import configured, listening, watching
from redis_health.client.credentials import Credentials
from redis_health.config import Settings
from redis_health.config.commandline import ConfiguredCommand, with_options
from redis_health.errors import CommandError, ProbeError
from redis_health.model import Target
from redis_health.probes import catalogue
from redis_health.supervisor import (
    Child,
    ServerCommand,
    Supervisor,
    address_of,
    child_samples,
    launch_of,
    read_command,
    with_child,
)
from redis_health.supervisor.handover import Launch
from redis_health.web import Service

_ADDRESS = ("redis-url", "redis-host", "redis-port")


class _Run(ConfiguredCommand):
    """A command whose own options end at two dashes, so that none is taken for the server's."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """As click does."""
        separated = "--" in args
        rest = super().parse_args(ctx, args)
        if not separated:
            raise click.UsageError("put -- before the server's command", ctx)
        return rest


@click.command(cls=_Run)
@click.argument("words", nargs=-1, required=True, metavar="-- SERVER [ARGS]...")
@with_options(catalogue())
def command(*, words: tuple[str, ...], **flags: object) -> None:
    """Start a server and serve beside it, as the entry point of a container.

    SIGTERM, SIGINT, SIGQUIT and SIGHUP are passed on to the server, orphans are reaped, and the
    exit status is the server's: 128 and the number for a signal, 127 and 126 for a command that is
    not found or cannot be executed. Redis saves on SIGTERM and has --stop-timeout for it; /readyz
    tells of draining meanwhile, and --drain-delay does not apply.

    Unless the address is given it is read from the server's arguments and configuration file. A
    password reaches the server on its standard input, as requirepass, if neither of them sets up a
    login.
    """
    settings = configured(flags)
    server = read_command(words)
    if all(settings.sources[name].origin == "default" for name in _ADDRESS):
        settings = replace(settings, target=address_of(server, settings.target))
    sockets = listening(settings)
    try:
        status = eventloop.run(_run(settings, sockets, server))
    except CommandError as error:
        click.echo(f"redis-health: {error}", err=True)
        status = error.status
    sys.exit(status)


async def _run(settings: Settings, sockets: Sequence[socket.socket], server: ServerCommand) -> int:
    child = Child(server.name)
    supervisor = Supervisor(
        child,
        launch=lambda: _launch(server, settings.target),
        supervision=settings.supervision,
    )
    supervisor.attend()
    async with watching(
        settings,
        sockets,
        probes=with_child(catalogue(), child),
        samples=lambda: child_samples(child),
    ) as service:
        draining = asyncio.create_task(_drain(supervisor, service))
        try:
            return await supervisor.run()
        finally:
            draining.cancel()


async def _drain(supervisor: Supervisor, service: Service) -> None:
    await supervisor.stopping()
    service.draining = True


def _launch(server: ServerCommand, target: Target) -> Launch:
    """What to execute, with the password as it is now."""
    try:
        # The password of another user belongs to an ACL, of which we know nothing.
        password = Credentials(target).password() if target.user == "default" else None
    except ProbeError as error:
        raise CommandError(f"cannot start {server.name}: {error}", 1) from error
    return launch_of(server, os.environ, password=password)

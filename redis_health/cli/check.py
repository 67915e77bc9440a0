"""``redis-health check``: one look at Redis itself, with no service."""

from __future__ import annotations

import json
import math
import socket
import sys
import time
from dataclasses import replace
from typing import NoReturn

import click

from redis_health import __version__
from redis_health.cli import logs, nagios
from redis_health.cli.eventloop import run
from redis_health.cli.sentence import sentence
from redis_health.cli.settings import settings_of
from redis_health.config import Settings
from redis_health.config.commandline import ConfiguredCommand, with_options
from redis_health.model import Nature, Schedule, State
from redis_health.monitor import Monitor
from redis_health.probes import catalogue

#: Seconds that are kept back for what comes after the round, and the least that a round gets.
_RESERVE = 0.1
#: Seconds that a second look may take at a port that gives no TLS answer.
_SECOND_LOOK = 0.5
_LEAST = 0.1
_GROUPS = ("Redis", "TLS to Redis", "Sentinels", "Verdict", "Probes", "Thresholds")


class _Check(ConfiguredCommand):
    """Tells a plugin's caller of a wrong command line in the plugin's way."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """As click does; what is wrong is a status that a monitoring system understands."""
        as_nagios = "--nagios" in args
        try:
            return super().parse_args(ctx, args)
        except click.UsageError as error:
            if as_nagios:
                _exit_unknown(error)
            raise


def _a_number(context: click.Context, parameter: click.Parameter, value: float) -> float:
    # A range lets nan through, which is neither in it nor out of it.
    if math.isnan(value):
        raise click.BadParameter("it is not a number of seconds", context, parameter)
    return value


@click.command(cls=_Check)
@click.option("--json", "as_json", is_flag=True, help="Print what /health would answer.")
@click.option(
    "--nagios",
    "as_nagios",
    is_flag=True,
    help="Print a plugin's line with performance data; exit 0, 1, 2 or 3.",
)
@click.option(
    "--fail-on",
    type=click.Choice(["degraded", "down"]),
    default="down",
    show_default=True,
    help="The state from which on the exit status is 1.",
)
@click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True, max=3600),
    callback=_a_number,
    default=3.0,
    show_default=True,
    metavar="SECONDS",
    help="Bound on the whole.",
)
@with_options(catalogue(), groups=_GROUPS)
def command(
    *, as_json: bool, as_nagios: bool, fail_on: str, timeout: float, **flags: object
) -> None:
    """Ask Redis once, print one line, and exit 0 for up and degraded, 1 for down.

    A usage error exits 2 (3 with --nagios). It needs no running service.
    """
    try:
        settings = settings_of(flags)
    except click.UsageError as error:
        if as_nagios:
            _exit_unknown(error)
        raise
    logs.silence()
    for warning in settings.warnings:
        click.echo(f"warning: {warning}", err=True)
    monitor = run(_look(settings, timeout))
    verdict = monitor.verdict
    if as_nagios:
        click.echo(nagios.line(monitor))
        sys.exit(nagios.status(verdict))
    click.echo(_json(monitor) if as_json else sentence(monitor))
    failing = {State.DOWN} if fail_on == "down" else {State.DOWN, State.DEGRADED}
    sys.exit(verdict.state in failing)


def _exit_unknown(error: click.UsageError) -> NoReturn:
    click.echo(f"REDIS UNKNOWN - {error.format_message()}")
    sys.exit(nagios.UNKNOWN)


async def _look(settings: Settings, seconds: float) -> Monitor:
    # Loading the program has taken a part of the time already, all of it on the CPU.
    reserve = _RESERVE + (_SECOND_LOOK if settings.target.tls else 0.0)
    left = max(_LEAST, seconds - time.process_time() - reserve)
    one_round = Schedule(interval=seconds, timeout=left)
    policy = replace(
        settings.policy,
        # There is one round, so one failure has to do.
        fall=dict.fromkeys(Nature, 1),
        schedules={probe.name: one_round for probe in catalogue()},
    )
    monitor = Monitor(
        settings.target,
        probes=catalogue(),
        policy=policy,
        options=settings.probe_options,
    )
    await monitor.look()
    return monitor


def _json(monitor: Monitor) -> str:
    from redis_health.web import Service  # noqa: PLC0415 - loads the web server
    from redis_health.web.health import document  # noqa: PLC0415

    service = Service(
        monitor=monitor, hostname=socket.gethostname(), version=__version__, drain_delay=0.0
    )
    return json.dumps(document(service, monitor.verdict), ensure_ascii=False)

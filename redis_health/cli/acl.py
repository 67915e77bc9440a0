"""``redis-health acl``: the user that Redis needs for us, with no right too many."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator

import click

from redis_health.cli.settings import settings_of
from redis_health.client.credentials import Credentials
from redis_health.config import Settings
from redis_health.config.commandline import ConfiguredCommand, with_options
from redis_health.model import Command, Occasion, Server
from redis_health.probes import catalogue

_GROUPS = ("Redis", "Probes")
_USER = "redis-health"
#: Redis takes it for no digest and refuses the line: nobody pastes it and has a guessable password.
_UNKNOWN = "#SHA256-OF-THE-PASSWORD"


@click.command(cls=ConfiguredCommand)
@click.option(
    "--server",
    type=click.Choice([server.value for server in Server]),
    default=Server.REDIS.value,
    show_default=True,
    help="redis is Redis 7 and later, and Valkey before 8.1; valkey is Valkey from 8.1 on.",
)
@click.option("--cluster", is_flag=True, help="The server is a node of a cluster.")
@with_options(catalogue(), groups=_GROUPS)
def command(*, server: str, cluster: bool, **flags: object) -> None:
    """Print the ACL SETUSER line for a user that may do what the enabled probes ask, and no more.

    The name is that of --redis-username, else redis-health; the password stands in it as its
    SHA-256. Without a password put one in the place that is marked, as >PASSWORD or as #DIGEST. A
    user of that name loses what it had.
    """
    settings = settings_of(flags)
    words = (
        settings.target.username or _USER,
        "reset",
        "on",
        _password(settings),
        *rights(settings, server=Server(server), cluster=cluster),
    )
    click.echo(f"ACL SETUSER {' '.join(words)}")


def rights(settings: Settings, *, server: Server, cluster: bool) -> tuple[str, ...]:
    """The rules of an ACL that allow what the enabled probes ask of such a server."""
    occasions = {Occasion.ALWAYS}
    if settings.target.db:
        occasions.add(Occasion.DATABASE)
    if cluster:
        occasions.add(Occasion.CLUSTER)
    issued = [
        command_
        for probe in catalogue()
        if probe.runs(settings.probe_options)
        for command_ in probe.commands
        if server in command_.on and command_.occasion in occasions
    ]
    return (*_keys(issued, server), *_unique(rule for each in issued for rule in _rules(each)))


def _keys(issued: Iterable[Command], server: Server) -> Iterator[str]:
    # Redis 6 has no right to read alone; from 7 on no command of ours writes.
    sign = "~" if server is Server.REDIS_6 else "%R~"
    patterns = {command_.keys for command_ in issued if command_.keys is not None}
    for pattern in ("*",) if "*" in patterns else sorted(patterns):
        yield f"{sign}{pattern}"


def _rules(command_: Command) -> Iterator[str]:
    """``SENTINEL SENTINELS, SLAVES`` are two subcommands, ``STRLEN, LLEN`` two commands."""
    first, *others = command_.text.split(", ")
    name, *rest = first.lower().split()
    subcommands = first.split()[1:2]
    if not (subcommands and subcommands[0].isalpha() and subcommands[0].isupper()):
        yield from (f"+{each.lower()}" for each in (name, *others))
        return
    yield from (f"+{name}|{each.lower()}" for each in (rest[0], *others))


def _unique(rules: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(rules))


def _password(settings: Settings) -> str:
    password = Credentials(settings.target).password()
    if password is None:
        return _UNKNOWN
    return f"#{hashlib.sha256(password.encode()).hexdigest()}"

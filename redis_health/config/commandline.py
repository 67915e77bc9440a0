"""The options as flags of a click command. The only module here that imports click."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any, TypeVar

import click

from redis_health.config.catalogue import options
from redis_health.config.option import Option
from redis_health.config.service import CONFIG
from redis_health.model import Probe

F = TypeVar("F", bound=Callable[..., Any])


class ConfigFlag(click.Option):
    """A flag that knows the group of its option."""

    def __init__(self, *args: Any, group: str, **kwargs: Any) -> None:
        """As ``click.Option``."""
        super().__init__(*args, **kwargs)
        self.group = group


class ConfiguredCommand(click.Command):
    """A command whose help shows the options of the configuration by group, after its own."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the sections of options."""
        sections: dict[str, list[tuple[str, str]]] = {}
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx)
            if record is not None and not isinstance(parameter, click.Argument):
                group = parameter.group if isinstance(parameter, ConfigFlag) else "Options"
                sections.setdefault(group, []).append(record)
        for group in sorted(sections, key=lambda group: group != "Options"):
            with formatter.section(group):
                formatter.write_dl(sections[group])


def with_options(
    probes: Sequence[Probe], *, groups: Collection[str] | None = None
) -> Callable[[F], F]:
    """A decorator that gives a click command the flag of every option, or of those ``groups``.

    The values arrive as keyword arguments by ``Option.key``, as the mapping that ``load`` takes.
    Use it below ``click.command(cls=ConfiguredCommand)``.
    """
    catalogue = options(probes)

    def decorate(command: F) -> F:
        for option in reversed(catalogue):
            if option.flag and (groups is None or option.group in groups or option is CONFIG):
                command = _flag(option)(command)
        return command

    return decorate


def _flag(option: Option[Any]) -> Callable[[F], F]:
    switch = option.kind.switch
    return click.option(
        *option.flag_usage.split(", "),
        option.key,
        cls=ConfigFlag,
        group=option.group,
        # None tells what was not typed; all else is for load() to parse.
        default=None,
        type=bool if switch else str,
        metavar=None if switch else option.kind.metavar,
        help=f"{option.help}  [{option.env}; default: {option.shown(option.default)}]",
    )

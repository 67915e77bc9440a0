"""The program ``redis-health``: one module for each command, imported when it is called."""

from __future__ import annotations

import importlib
import signal
import sys
import threading
from typing import NoReturn

import click

from redis_health import __version__
from redis_health.cli import lean

_COMMANDS = ("serve", "run", "check", "config", "probes", "acl", "rules")


class _Commands(click.Group):
    """Finds a command in the module of its name, so that ``check`` does not load the web server."""

    def list_commands(self, _ctx: click.Context) -> list[str]:
        """The commands, in the order in which they matter."""
        return list(_COMMANDS)

    def get_command(self, _ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of a name."""
        if cmd_name not in _COMMANDS:
            return None
        if cmd_name in {"serve", "run"}:
            _heed_sigterm()
        lean.load_structlog()
        lean.load_redis()
        if cmd_name in {"serve", "run"}:
            lean.load_aiohttp()
        command: click.Command = importlib.import_module(f"redis_health.cli.{cmd_name}").command
        return command


def _heed_sigterm() -> None:
    """Ends on SIGTERM from now on, until the event loop sees to it.

    The kernel keeps from the first process of a container what that has no handler for.
    """

    def end(number: int, _frame: object) -> NoReturn:
        sys.exit(128 + number)

    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, end)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="redis-health")
def main() -> None:
    """Tell the truth about a Redis or Valkey server."""

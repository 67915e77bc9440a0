"""The configuration as text: what is in force, and what there is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from redis_health.config.option import UNSET, Option
from redis_health.config.settings import Settings


def describe(settings: Settings) -> str:
    """A table of every option with its value and source, secrets masked, as plain text."""
    rows = [("OPTION", "VALUE", "SOURCE")]
    rows += [(name, source.value, source.origin) for name, source in settings.sources.items()]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )


def reference(options: Sequence[Option[Any]]) -> str:
    """A Markdown table of every option, for the README."""
    head = ("Flag", "Variable", "TOML key", "Default", "Meaning")
    rows = [head, ("---",) * len(head), *map(_reference_row, options)]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _reference_row(option: Option[Any]) -> tuple[str, ...]:
    return (
        _code(option.flag_usage if option.flag else UNSET),
        _code(option.env),
        _code(option.key if option.in_file else UNSET),
        _code(option.shown(option.default)),
        _escaped(option.help),
    )


def _code(text: str) -> str:
    return text if text == UNSET else f"`{_escaped(text)}`"


def _escaped(text: str) -> str:
    # A bar ends a cell, inside of code too.
    return text.replace("|", "\\|")

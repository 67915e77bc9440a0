"""What an option is: one declaration for the flag, the variable, the TOML key and the docs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from redis_health.config.settings import MASK

T = TypeVar("T")

#: How a value that is not set is shown.
UNSET = "-"


class Invalid(Exception):
    """A value does not fit; the text is what would have, to follow the word "expected".

    It never holds the value, which may be a secret, and never leaves this package.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind(Generic[T]):
    """What values an option takes.

    ``parse`` takes a string (flag, variable) or whatever TOML offers, and raises Invalid. ``show``
    writes a value so that ``parse`` reads it again, unless it masks a secret. ``switch`` marks a
    yes or no, whose flag takes no value.
    """

    metavar: str
    parse: Callable[[object], T]
    show: Callable[[T], str]
    switch: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Option(Generic[T]):
    """The declaration of an option; ``name`` is in kebab-case.

    ``secret`` values are never shown. ``flag`` and ``in_file`` say whether it may be given on the
    command line and in the TOML file. ``spelling`` is the flag without its dashes where other
    programs have given it a form that ours would not have; the usual form is taken too.
    """

    name: str
    env: str
    kind: Kind[T]
    default: T
    help: str
    group: str
    secret: bool = False
    flag: bool = True
    in_file: bool = True
    spelling: str | None = None

    @property
    def key(self) -> str:
        """The key in the TOML file, and the name in the mapping of flags."""
        return self.name.replace("-", "_")

    @property
    def flag_name(self) -> str:
        """The flag, as errors name it."""
        return f"--{self.spelling or self.name}"

    @property
    def flag_usage(self) -> str:
        """The flag, as it is declared and documented; commas between two forms of one."""
        if self.kind.switch:
            return f"--{self.name}/--no-{self.name}"
        return f"{self.flag_name}, --{self.name}" if self.spelling else self.flag_name

    def shown(self, value: T) -> str:
        """The value for people: secrets masked, what is not set as a dash."""
        if value is None:
            return UNSET
        return MASK if self.secret else self.kind.show(value) or UNSET

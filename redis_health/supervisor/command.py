"""The command line of a server, as redis-server itself reads it. Wrappers are looked through."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

_SERVERS = frozenset({"redis-server", "valkey-server"})
_SENTINELS = frozenset({"redis-sentinel", "valkey-sentinel"})

#: One directive of the configuration: its name in lower case, and its values.
Directive = tuple[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerCommand:
    """A command and what it tells of the server that it starts.

    ``is_server`` is false for a command in which there is no program of Redis or Valkey to be seen,
    such as a script of one's own. ``directives`` are those of the configuration file and then those
    of the arguments: of two the last one counts. What the file includes is not read.
    """

    words: tuple[str, ...]
    is_server: bool = False
    is_sentinel: bool = False
    reads_stdin: bool = False
    directives: tuple[Directive, ...] = ()

    @property
    def name(self) -> str:
        """The program, for people."""
        return Path(self.words[0]).name

    def values(self, directive: str) -> tuple[str, ...]:
        """The values in force of a directive, none when it is not given."""
        given = [values for name, values in self.directives if name == directive]
        return given[-1] if given else ()

    def value(self, directive: str) -> str:
        """The first value in force of a directive, empty when it is not given."""
        return next(iter(self.values(directive)), "")


def read_command(words: Sequence[str]) -> ServerCommand:
    """What a command says of the server that it starts, also behind a wrapper such as gosu."""
    programs = [Path(word).name for word in words]
    at = next((i for i, name in enumerate(programs) if name in _SERVERS | _SENTINELS), None)
    if at is None:
        return ServerCommand(words=tuple(words))
    arguments = list(words[at + 1 :])
    directives: list[Directive] = []
    if arguments and not arguments[0].startswith("-"):
        directives += _of_file(Path(arguments.pop(0)))
    given = list(_of_arguments(arguments))
    return ServerCommand(
        words=tuple(words),
        is_server=True,
        is_sentinel=programs[at] in _SENTINELS or any(name == "sentinel" for name, _ in given),
        reads_stdin="-" in {*arguments[:1], *arguments[-1:]},
        directives=(*directives, *given),
    )


def _of_file(path: Path) -> Iterator[Directive]:
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        # The server will say so itself, and better.
        return
    for line in lines:
        if line.lstrip().startswith("#"):
            continue
        try:
            found = shlex.split(line)
        except ValueError:
            continue
        if found:
            yield found[0].lower(), tuple(found[1:])


def _of_arguments(arguments: Sequence[str]) -> Iterator[Directive]:
    """``--port 6380 --save 3600 1``; one word may hold a name and its values too."""
    found: list[list[str]] = []
    for word in arguments:
        if word.startswith("--"):
            found.append(word[2:].split())
        elif found and word != "-":
            found[-1].append(word)
    for name, *values in filter(None, found):
        yield name.lower(), tuple(values)

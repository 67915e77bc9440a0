"""How the server gets its password: on its standard input, where ps does not look."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from redis_health.supervisor.command import ServerCommand

#: What a server has no use for: the secrets, and the systemd socket, which is this process's own.
_SECRETS = frozenset({"REDIS_PASSWORD", "REDIS_URL"})
_OF_SYSTEMD = frozenset({"NOTIFY_SOCKET", "WATCHDOG_PID", "WATCHDOG_USEC"})
_PLAIN = re.compile(rb"[A-Za-z0-9]")


@dataclass(frozen=True, slots=True)
class Launch:
    """What to execute; ``stdin`` is given to the process, which otherwise inherits ours."""

    words: tuple[str, ...]
    environment: Mapping[str, str] = field(repr=False)
    stdin: bytes | None = field(default=None, repr=False)


def launch_of(
    command: ServerCommand, environ: Mapping[str, str], *, password: str | None
) -> Launch:
    """The command as it is executed.

    A server reads ``requirepass`` from its standard input, after its configuration file and before
    its other arguments, so that CONFIG REWRITE still finds the file. A command line that sets up
    logins of its own, or uses standard input itself, is left as it is, and so is a command that is
    no server to us: that one keeps the variables too. A server is never let into the background.
    """
    dropped = _OF_SYSTEMD | _SECRETS if command.is_server else _OF_SYSTEMD
    environment = {name: value for name, value in environ.items() if name not in dropped}
    words = command.words
    if command.is_server and command.value("daemonize").lower() == "yes":
        words = _before_stdin(command, "--daemonize", "no")
    if password is None or not _takes_password(command):
        return Launch(words, environment)
    return Launch((*words, "-"), environment, f"requirepass {quoted(password)}\n".encode())


def _takes_password(command: ServerCommand) -> bool:
    if not command.is_server or command.reads_stdin:
        return False
    return not any(
        name in {"requirepass", "aclfile"} or (name == "user" and values[:1] == ("default",))
        for name, values in command.directives
    )


def _before_stdin(command: ServerCommand, *added: str) -> tuple[str, ...]:
    """The words with some more; a dash that asks for standard input stays the last one."""
    if command.words[-1] == "-":
        return (*command.words[:-1], *added, "-")
    return (*command.words, *added)


def quoted(text: str) -> str:
    """The text as a word of a configuration file, whatever is in it."""
    raw = text.encode("utf-8", "surrogateescape")
    escaped = [chr(byte) if _PLAIN.match(bytes([byte])) else f"\\x{byte:02x}" for byte in raw]
    return f'"{"".join(escaped)}"'

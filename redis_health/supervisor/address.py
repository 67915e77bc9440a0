"""Where a server will listen, by its own command line."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from redis_health.model import Target, TLSSettings
from redis_health.supervisor.command import ServerCommand

_DEFAULT_PORT = "6379"
_SENTINEL_PORT = "26379"
_EVERYWHERE = frozenset({"*", "0.0.0.0", "::*", "::"})
_LOOPBACK = ("127.", "::1", "localhost")


def address_of(command: ServerCommand, target: Target) -> Target:
    """The target, with the address at which the server of the command will be met.

    That is its port, its TLS port where there is no other or TLS is asked for, or its unix socket.
    A TLS port is met as a neighbour meets it: with the server's own authorities and certificate,
    and without regard to the name in it, unless ``target`` says something else.
    """
    default = _SENTINEL_PORT if command.is_sentinel else _DEFAULT_PORT
    port = _port(command.value("port") or default)
    tls_port = _port(command.value("tls-port"))
    host = _host(command) or target.host
    if tls_port and (target.tls is not None or not port):
        return replace(target, host=host, port=tls_port, tls=target.tls or _tls(command))
    if not port and command.value("unixsocket"):
        return replace(target, path=_path(command, "unixsocket"))
    return replace(target, host=host, port=port) if port else target


def _port(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() else 0


def _host(command: ServerCommand) -> str | None:
    """An address that it binds to, of this machine alone if there is one; None for all of them."""
    bound = [address.removeprefix("-") for address in command.values("bind")]
    if not bound or not _EVERYWHERE.isdisjoint(bound):
        return None
    return next((each for each in bound if each.startswith(_LOOPBACK)), bound[0])


def _tls(command: ServerCommand) -> TLSSettings:
    return TLSSettings(
        ca_file=_path(command, "tls-ca-cert-file"),
        cert_file=_path(command, "tls-cert-file"),
        key_file=_path(command, "tls-key-file"),
        verify="ca",
    )


def _path(command: ServerCommand, directive: str) -> str | None:
    value = command.value(directive)
    # The server has gone to its ``dir`` by the time at which it opens these.
    return str(Path(command.value("dir")) / value) if value else None

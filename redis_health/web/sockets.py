"""The sockets that the service listens on."""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Iterable, Iterator
from contextlib import ExitStack

from redis_health.config import Listen
from redis_health.errors import ListenError

#: Connections that may wait for the event loop; the kernel caps it at net.core.somaxconn.
BACKLOG = 1024

#: What the kernel says of an address family that this machine does not have.
_NO_FAMILY = frozenset({errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL, errno.EPROTONOSUPPORT})
_ANY = ((socket.AF_INET, "0.0.0.0"), (socket.AF_INET6, "::"))
#: A port that is free for one family may be taken for the other: then the next one is tried.
_FREE_PORT_TRIES = 20

_Address = tuple[socket.AddressFamily, tuple[object, ...]]


def bind(listens: Iterable[Listen]) -> list[socket.socket]:
    """Sockets that listen on every address, IPv4 before IPv6 where the host is left out.

    Port 0 is a free port, the same one for all addresses of one ``Listen``.

    Raises:
        ListenError: an address is taken, not this machine's, or may not be used. Nothing stays
            open then.
    """
    with ExitStack() as opened:
        sockets = []
        for listen in listens:
            for listening in _listen_on(listen):
                opened.callback(listening.close)
                sockets.append(listening)
        opened.pop_all()
    return sockets


def _listen_on(listen: Listen) -> list[socket.socket]:
    try:
        addresses = list(_addresses(listen))
        if listen.port:
            return _open_all(addresses)
        for _ in range(_FREE_PORT_TRIES - 1):
            try:
                return _open_all(addresses)
            except OSError as error:
                if error.errno != errno.EADDRINUSE:
                    raise
        return _open_all(addresses)
    except OSError as error:
        raise ListenError(f"cannot listen on {listen}: {_why(error)}") from error


def _addresses(listen: Listen) -> Iterator[_Address]:
    """Family and address of every socket to open, each once.

    Raises:
        socket.gaierror: the host is a name that does not resolve.
    """
    if listen.host is None:
        for family, wildcard in _ANY:
            yield family, (wildcard, listen.port)
        return
    found = socket.getaddrinfo(listen.host, listen.port, type=socket.SOCK_STREAM)
    for family, address in dict.fromkeys((info[0], info[4]) for info in found):
        yield family, address


def _open_all(addresses: list[_Address]) -> list[socket.socket]:
    """A socket for each address, all on one port; a family that is not there is left out."""
    sockets: list[socket.socket] = []
    missing: OSError | None = None
    with ExitStack() as opened:
        for family, (host, port, *rest) in addresses:
            shared = sockets[0].getsockname()[1] if sockets else port
            try:
                listening = _open(family, (host, shared, *rest))
            except OSError as error:
                if error.errno not in _NO_FAMILY:
                    raise
                missing = error
            else:
                opened.callback(listening.close)
                sockets.append(listening)
        if not sockets and missing is not None:
            raise missing
        opened.pop_all()
    return sockets


def _open(family: socket.AddressFamily, address: tuple[object, ...]) -> socket.socket:
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        listening.setblocking(False)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            # The IPv4 socket stands beside it, whatever net.ipv6.bindv6only says.
            listening.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listening.bind(address)
        listening.listen(BACKLOG)
    except OSError:
        listening.close()
        raise
    return listening


def _why(error: OSError) -> str:
    if isinstance(error, socket.gaierror):
        text = error.strerror or str(error)
    else:
        text = os.strerror(error.errno) if error.errno else str(error)
    return text[:1].lower() + text[1:]

"""Damage to certificates, and TLS where there is none."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from tests.certificates import Certificates, Pair
from tests.faults.lab import Lab
from tests.servers import RedisServer


@contextlib.contextmanager
def expired_certificate(lab: Lab) -> Iterator[None]:
    """The server's certificate has run out."""
    _present(lab.server, lab.certificates.expired)
    yield
    _present(lab.server, lab.certificates.server)


def _present(server: RedisServer, pair: Pair) -> None:
    files = ("tls-cert-file", str(pair.cert), "tls-key-file", str(pair.key))
    server.call("CONFIG", "SET", *files)


@contextlib.contextmanager
def unknown_authority(lab: Lab) -> Iterator[None]:
    """We trust an authority that has not signed the server's certificate."""
    lab.environment["REDIS_TLS_CA_FILE"] = str(lab.certificates.other_ca)
    yield


@contextlib.contextmanager
def certificate_asked(lab: Lab) -> Iterator[None]:
    """The server wants a certificate of its clients, and we have none."""
    lab.server.call("CONFIG", "SET", "tls-auth-clients", "yes")
    lab.server.call("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
    yield
    lab.server.call("CONFIG", "SET", "tls-auth-clients", "no")


@contextlib.contextmanager
def to_plaintext(lab: Lab) -> Iterator[None]:
    """We speak TLS, and the port does not."""
    lab.url = f"rediss://127.0.0.1:{lab.server.port}"
    yield


@contextlib.contextmanager
def without(lab: Lab) -> Iterator[None]:
    """The port speaks TLS, and we do not."""
    lab.url = f"redis://127.0.0.1:{lab.server.port}"
    yield


@contextlib.contextmanager
def becomes_plaintext(lab: Lab) -> Iterator[None]:
    """The server comes back without TLS on the same port."""
    with _restarted(lab.server, None):
        yield


@contextlib.contextmanager
def becomes_tls(lab: Lab) -> Iterator[None]:
    """The server comes back with TLS on the same port."""
    with _restarted(lab.server, lab.certificates):
        yield


@contextlib.contextmanager
def _restarted(server: RedisServer, tls: Certificates | None) -> Iterator[None]:
    before = server.tls
    server.tls = tls
    server.restart()
    yield
    server.tls = before
    server.restart()

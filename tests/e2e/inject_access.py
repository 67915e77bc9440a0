"""Damage on the way to Redis, and at its door."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

from tests.certificates import Pair
from tests.e2e import peers
from tests.e2e.lab import Inject, Lab
from tests.resp import ask
from tests.servers import RedisServer


@contextlib.contextmanager
def connections_cut(lab: Lab) -> Iterator[None]:
    """CLIENT KILL of everybody."""
    lab.server.call("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
    yield
    assert "\nredis_health_reconnects_total 1\n" in lab.service.metrics()


@contextlib.contextmanager
def full_of_clients(lab: Lab) -> Iterator[None]:
    """As many connections as ``maxclients`` allows."""
    with contextlib.ExitStack() as stack:
        # Open before: nobody else gets in while it is full, the operator neither.
        operator = stack.enter_context(lab.server.connect())
        for _ in range(12):
            stack.enter_context(lab.server.connect())
        ask(operator, "CONFIG", "SET", "maxclients", 12)
        yield
        ask(operator, "CONFIG", "SET", "maxclients", 1000)


def in_its_place(peer: Callable[[int], AbstractContextManager[None]]) -> Inject:
    """Something else on the port, instead of Redis."""

    @contextlib.contextmanager
    def inject(lab: Lab) -> Iterator[None]:
        lab.server.kill()
        with peer(lab.server.port):
            yield
        lab.server.start()

    return inject


@contextlib.contextmanager
def slow_network(lab: Lab) -> Iterator[None]:
    """300 ms between us and Redis."""
    proxy = peers.SlowProxy(lab.server.port, seconds=0.3)
    with contextlib.closing(proxy):
        lab.url = f"redis://127.0.0.1:{proxy.port}"
        yield
        proxy.seconds = 0.0
        lab.wait_up()


@contextlib.contextmanager
def not_in_dns(lab: Lab) -> Iterator[None]:
    """A name that does not exist."""
    lab.url = "redis://redis.invalid:6379"
    yield


@contextlib.contextmanager
def protected_mode(lab: Lab) -> Iterator[None]:
    """No password, and we do not come from loopback."""
    lab.url = f"redis://{outside_address()}:{lab.server.port}"
    yield
    lab.server.call("CONFIG", "SET", "protected-mode", "no")


def outside_address() -> str:
    """An IPv4 address of this machine that is not loopback; empty where there is none."""
    words = subprocess.run(["hostname", "-I"], capture_output=True, text=True, check=True).stdout
    return next((word for word in words.split() if "." in word), "")


@contextlib.contextmanager
def new_password(lab: Lab) -> Iterator[None]:
    """The server's password is changed, ours is not."""
    before = lab.server.password
    lab.server.call("CONFIG", "SET", "requirepass", "rotated")
    lab.server.password = "rotated"
    yield
    lab.server.call("CONFIG", "SET", "requirepass", before or "")
    lab.server.password = before


@contextlib.contextmanager
def new_password_in_both_places(lab: Lab) -> Iterator[None]:
    """The server's password is changed, and in the end the file that we read it from."""
    secret = Path(lab.environment["REDIS_PASSWORD_FILE"])
    lab.server.call("CONFIG", "SET", "requirepass", "rotated")
    lab.server.password = "rotated"
    yield
    secret.write_text("rotated\n")


@contextlib.contextmanager
def no_password(lab: Lab) -> Iterator[None]:
    """The server has lost its password."""
    before = lab.server.password
    lab.server.call("CONFIG", "SET", "requirepass", "")
    lab.server.password = None
    yield
    lab.server.call("CONFIG", "SET", "requirepass", before or "")
    lab.server.password = before


@contextlib.contextmanager
def may_only_ping(lab: Lab) -> Iterator[None]:
    """An ACL user who may do next to nothing, and in the end INFO."""
    lab.server.call("ACL", "SETUSER", "mon", "on", ">m", "+ping")
    lab.environment |= {"REDIS_USERNAME": "mon", "REDIS_PASSWORD": "m"}
    yield
    lab.server.call("ACL", "SETUSER", "mon", "+info")


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
def tls_to_plaintext(lab: Lab) -> Iterator[None]:
    """We speak TLS, and the port does not."""
    lab.url = f"rediss://127.0.0.1:{lab.server.port}"
    yield

"""Damage on the way to Redis, and at its door."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

from tests.faults.fault import Inject
from tests.faults.lab import Lab
from tests.resp import ask


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


def through_relay(lab: Lab) -> None:
    """The service reaches Redis through a proxy."""
    lab.url = f"redis://127.0.0.1:{lab.add_relay().port}"


@contextlib.contextmanager
def slow(lab: Lab) -> Iterator[None]:
    """300 ms between us and Redis."""
    lab.relay.seconds = 0.3
    yield
    lab.relay.seconds = 0.0


@contextlib.contextmanager
def slow_welcome(lab: Lab) -> Iterator[None]:
    """It takes 700 ms to come in, and nothing to ask afterwards."""
    lab.relay.welcome = 0.7
    yield
    lab.relay.welcome = 0.0


@contextlib.contextmanager
def deaf(lab: Lab) -> Iterator[None]:
    """Connections stay open and nothing comes through them any more."""
    lab.relay.deaf = True
    yield
    lab.relay.deaf = False
    # What was swallowed is lost: a connection on which a reply is missing is of no use.
    lab.relay.cut()


@contextlib.contextmanager
def not_in_dns(lab: Lab) -> Iterator[None]:
    """A name that does not exist."""
    lab.url = "redis://redis.invalid:6379"
    yield


def by_name(lab: Lab) -> None:
    """A name with two addresses, of which only the second has a Redis."""
    lab.url = f"redis://localhost:{lab.server.port}"


def over_ipv6(lab: Lab) -> None:
    """The service uses the IPv6 address."""
    lab.url = f"redis://[::1]:{lab.server.port}"


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

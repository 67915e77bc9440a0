"""Damage to the login: passwords that change, and users who may not."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from tests.faults.fault import Inject, Prepare
from tests.faults.lab import Lab


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
def new_password_and_no_connection(lab: Lab) -> Iterator[None]:
    """The server's password is changed, and all have to log in again."""
    with new_password(lab):
        lab.server.call("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
        yield


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
def password_corrected(lab: Lab) -> Iterator[None]:
    """Our password is not the server's, until the server's is changed to it."""
    ours = lab.environment.get("REDIS_PASSWORD", "")
    yield
    lab.server.call("CONFIG", "SET", "requirepass", ours)
    lab.server.password = ours or None


def user(*rules: str) -> Prepare:
    """We are the ACL user ``mon``, who may do what the rules say."""

    def prepare(lab: Lab) -> None:
        lab.server.call("ACL", "SETUSER", "mon", "on", ">m", *rules)
        lab.environment |= {"REDIS_USERNAME": "mon", "REDIS_PASSWORD": "m"}

    return prepare


def user_changes(*damage: str, mended: tuple[str, ...]) -> Inject:
    """ACL SETUSER of our user, with some rules and in the end with others."""

    @contextlib.contextmanager
    def inject(lab: Lab) -> Iterator[None]:
        lab.server.call("ACL", "SETUSER", "mon", *damage)
        yield
        lab.server.call("ACL", "SETUSER", "mon", *mended)

    return inject


@contextlib.contextmanager
def user_deleted(lab: Lab) -> Iterator[None]:
    """Our user is gone, and with it our connections."""
    lab.server.call("ACL", "DELUSER", "mon")
    yield
    lab.server.call("ACL", "SETUSER", "mon", "on", ">m", "+ping", "+info")

"""Whether a user's password is right, by bcrypt, without the event loop or its memory suffering."""

from __future__ import annotations

import asyncio
import hmac
import os
from collections.abc import Mapping
from concurrent.futures import Executor

import bcrypt

#: Wrong logins that are remembered. The right ones are no more than there are users.
_WRONG = 256
#: Logins that are computed or wait for it, in all and of one client.
_PENDING = 8
_PENDING_OF_ONE = 2
#: bcrypt looks at no more bytes of a password.
_LONGEST = 72
#: Seconds that one who waits is told nothing.
_WAIT = 10.0


class TooManyLogins(Exception):
    """More logins are computed at a time than there may be: a later one may do better."""


class Passwords:
    """Checks passwords against the bcrypt hash of each user, in the worker's thread.

    One computation takes tens of milliseconds, so the outcome is remembered: under an HMAC with a
    key that this process alone has, never the password. For a user that there is not the hash of
    another one is computed, so that the time does not tell who there is.
    """

    def __init__(self, users: Mapping[bytes, bytes], worker: Executor) -> None:
        self._worker = worker
        self._key = os.urandom(32)
        self._right: dict[bytes, bytes] = {}
        self._pending: dict[bytes, tuple[asyncio.Future[bool], str]] = {}
        self.replace(users)

    def __bool__(self) -> bool:
        """Whether there are users at all."""
        return bool(self._users)

    def replace(self, users: Mapping[bytes, bytes]) -> None:
        """From now on these are the users; what is remembered of the others' hashes is void."""
        self._users = users
        # The dearest: one that is cheaper would answer sooner than those who exist.
        self._stand_in = max(users.values(), key=lambda digest: digest[4:6], default=b"")
        self._wrong: dict[bytes, None] = {}

    async def check(self, user: bytes, password: bytes, *, client: str) -> bool:
        """Whether the user exists and the password is theirs.

        ``client`` is the address that asks: one alone cannot take all the time there is.

        Raises:
            TooManyLogins: as it says.
        """
        if len(password) > _LONGEST:
            return False
        known = user in self._users
        digest = self._users.get(user, self._stand_in)
        mark = self._mark(user, digest, password, known=known)
        if hmac.compare_digest(self._right.get(user, b""), mark):
            return True
        if mark in self._wrong:
            # It was seen lately, so that it stays longer.
            self._wrong[mark] = self._wrong.pop(mark)
            return False
        pending = self._pending.get(mark)
        computed = self._started(mark, digest, password, client) if pending is None else pending[0]
        try:
            async with asyncio.timeout(_WAIT):
                right = await asyncio.shield(computed) and known
        except TimeoutError:
            raise TooManyLogins from None
        # The users may be others by now.
        if self._users.get(user, self._stand_in) == digest:
            self._remember(user, mark, right=right)
        return right

    def _mark(self, user: bytes, digest: bytes, password: bytes, *, known: bool) -> bytes:
        parts = (b"%d:%d:" % (known, len(user)), user, digest, password)
        return hmac.digest(self._key, b"".join(parts), "sha256")

    def _started(
        self, mark: bytes, digest: bytes, password: bytes, client: str
    ) -> asyncio.Future[bool]:
        of_one = sum(1 for _, other in self._pending.values() if other == client)
        if len(self._pending) >= _PENDING or of_one >= _PENDING_OF_ONE:
            raise TooManyLogins
        loop = asyncio.get_running_loop()
        computed = loop.run_in_executor(self._worker, _is_right, password, digest)
        self._pending[mark] = (computed, client)
        computed.add_done_callback(lambda _: self._pending.pop(mark))
        return computed

    def _remember(self, user: bytes, mark: bytes, *, right: bool) -> None:
        if right:
            self._right[user] = mark
            return
        self._wrong[mark] = None
        if len(self._wrong) > _WRONG:
            del self._wrong[next(iter(self._wrong))]


def _is_right(password: bytes, digest: bytes) -> bool:
    try:
        return bcrypt.checkpw(password, digest)
    except ValueError:
        return False  # A password with a zero byte, which some releases do not take.

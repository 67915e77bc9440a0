"""The password, from where the operator keeps it."""

from __future__ import annotations

from pathlib import Path

from redis_health.errors import RedisFault
from redis_health.model import Failure, Nature, Target
from redis_health.replies import conditions, own_fault


class Credentials:
    """Reads the password once, and again when a login was refused.

    A rotated secret needs no restart: Kubernetes and Docker change the file in place.
    """

    def __init__(self, target: Target) -> None:
        self._file = Path(target.password_file) if target.password_file else None
        self._password = target.password
        self._read = False

    def password(self) -> str | None:
        """The password to log in with, None for none.

        Raises:
            RedisFault: the password file cannot be read, or is empty.
            OwnFault: this process has no descriptor left to read it.
        """
        if self._file is not None and not self._read:
            self._password = self._from_file(self._file)
            self._read = True
        return self._password

    def changed(self) -> bool:
        """Reads the file again; whether the password differs from the one that was refused."""
        if self._file is None:
            return False
        before, self._password = self._password, self._from_file(self._file)
        return self._password != before

    @staticmethod
    def _from_file(file: Path) -> str:
        try:
            password = file.read_text(encoding="utf-8").strip("\r\n")
        except (OSError, UnicodeError) as error:
            own = own_fault(error, "read the password file")
            if own is not None:
                raise own from error
            reason = getattr(error, "strerror", None) or "not UTF-8 text"
            raise _useless(f"the password file {file} cannot be read: {reason}") from error
        if not password:
            raise _useless(f"the password file {file} is empty")
        return password


def _useless(message: str) -> RedisFault:
    return RedisFault(Failure(conditions.NOAUTH, Nature.TRANSPORT, message))

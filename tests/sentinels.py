"""A primary and its replica under Sentinels: real processes that fail over as in production."""

from __future__ import annotations

import contextlib
import secrets
import shutil
import tempfile
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.certificates import Certificates
from tests.kinds import DEFAULT_KIND
from tests.ports import poll
from tests.resp import ReplyError
from tests.servers import RedisServer

#: Far more than an election takes here, for a machine that is busy with other things.
_PATIENCE = 20.0


class SentinelTrio:
    """One primary, one replica and ``sentinels`` Sentinels; all are gone when the block ends.

    ``primary`` and ``replica`` keep their names when the roles change: ``named_primary`` tells the
    port of the one that the Sentinels name. Every server and every Sentinel is a RedisServer, so
    that each can be frozen, killed and started again by itself; ``call`` asks it.

    ``down_after`` and ``failover_timeout`` are milliseconds (``down-after-milliseconds`` and
    ``failover-timeout``); ``quorum`` is the majority unless it is given. ``password`` is the one of
    the Sentinels alone, and ``tls`` holds for all servers. ``config`` goes to both data servers.
    """

    def __init__(
        self,
        *,
        sentinels: int = 3,
        quorum: int | None = None,
        down_after: int = 1500,
        failover_timeout: int = 10_000,
        name: str = "mymaster",
        kind: str = DEFAULT_KIND,
        password: str | None = None,
        tls: Certificates | None = None,
        config: Mapping[str, str | int] | None = None,
    ) -> None:
        self.name = name
        self.quorum = quorum or sentinels // 2 + 1
        common: dict[str, str | int] = {"tls-replication": "yes"} if tls is not None else {}
        data = {**common, **(config or {})}
        self.primary = RedisServer(kind, config=data, tls=tls)
        follows = f"127.0.0.1 {self.primary.port}"
        self.replica = RedisServer(kind, config={**data, "replicaof": follows}, tls=tls)
        self._dir = Path(tempfile.mkdtemp(prefix="sentinels-"))
        self._timing = (
            f"sentinel down-after-milliseconds {name} {down_after}\n"
            f"sentinel failover-timeout {name} {failover_timeout}\n"
        )
        own = {**common, **({"requirepass": password} if password else {})}
        files = [self._dir / f"sentinel-{number}.conf" for number in range(sentinels)]
        self.sentinels = [
            RedisServer(kind, str(file), "--sentinel", config=own, tls=tls) for file in files
        ]
        self._write(files)

    @property
    def addresses(self) -> str:
        """All Sentinels as ``host:port,…``, as the option of the service takes them."""
        return ",".join(f"127.0.0.1:{sentinel.port}" for sentinel in self.sentinels)

    def start(self) -> Self:
        """Start all of them and wait until they know each other."""
        for server in (self.primary, self.replica, *self.sentinels):
            server.start()
        self.wait_ready()
        return self

    def wait_ready(self, *, within: float = _PATIENCE) -> None:
        """Wait until every Sentinel sees the primary well, with its replica and a quorum.

        Raises AssertionError, with what they said, when they do not get there.
        """
        for sentinel in self.sentinels:
            assert poll(partial(self._ready, sentinel), within=within, every=0.05), (
                f"a Sentinel is not ready: {self.seen_by(sentinel)}\n{sentinel.log}"
            )

    def seen_by(self, sentinel: RedisServer) -> dict[str, str]:
        """What one Sentinel says of the primary (SENTINEL MASTER)."""
        reply = sentinel.call("SENTINEL", "MASTER", self.name)
        return dict(zip(reply[::2], reply[1::2], strict=True))

    def named_primary(self) -> int | None:
        """The port that most of the Sentinels that answer name; None where none answers."""
        ports = [port for port in map(self._named_by, self.sentinels) if port is not None]
        return max(ports, key=ports.count) if ports else None

    def wait_primary(self, server: RedisServer, *, within: float = _PATIENCE) -> None:
        """Wait until every Sentinel that answers names this server."""

        def agreed() -> bool:
            named = {self._named_by(sentinel) for sentinel in self.sentinels} - {None}
            return named == {server.port}

        assert poll(agreed, within=within, every=0.05), self.sentinels[-1].log

    def wait_flags(self, flag: str, *sentinels: RedisServer, within: float = _PATIENCE) -> None:
        """Wait until these Sentinels show the flag (``s_down``, …) at the primary."""
        for sentinel in sentinels:
            flagged = partial(self._shows, sentinel, flag)
            assert poll(flagged, within=within, every=0.05), self.seen_by(sentinel)

    def close(self) -> None:
        """Kill all of them and remove their directories."""
        # The Sentinels first: those that are left over would only write of the others' end.
        for server in (*self.sentinels, self.replica, self.primary):
            server.close()
        shutil.rmtree(self._dir, ignore_errors=True)

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as stack:
            stack.callback(self.close)
            self.start()
            stack.pop_all()
        return self

    def __exit__(
        self,
        exception_type: type[BaseException] | None,
        exception: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _write(self, files: list[Path]) -> None:
        # Each knows the others from the start: to find each other they would need seconds.
        ids = [secrets.token_hex(20) for _ in files]
        for own, file in enumerate(files):
            others = "".join(
                f"sentinel known-sentinel {self.name} 127.0.0.1 {sentinel.port} {run_id}\n"
                for number, (sentinel, run_id) in enumerate(zip(self.sentinels, ids, strict=True))
                if number != own
            )
            file.write_text(
                f"sentinel myid {ids[own]}\n"
                f"sentinel monitor {self.name} 127.0.0.1 {self.primary.port} {self.quorum}\n"
                f"{self._timing}{others}"
            )

    def _ready(self, sentinel: RedisServer) -> bool:
        try:
            seen = self.seen_by(sentinel)
            usable = sentinel.call("SENTINEL", "CKQUORUM", self.name)
        except (OSError, ReplyError):
            return False
        expected = {
            "flags": "master",
            "num-slaves": "1",
            "num-other-sentinels": str(len(self.sentinels) - 1),
        }
        all_usable = f"OK {len(self.sentinels)} usable"
        return expected.items() <= seen.items() and usable.startswith(all_usable)

    def _shows(self, sentinel: RedisServer, flag: str) -> bool:
        return flag in self.seen_by(sentinel)["flags"].split(",")

    def _named_by(self, sentinel: RedisServer) -> int | None:
        try:
            reply = sentinel.call("SENTINEL", "GET-MASTER-ADDR-BY-NAME", self.name, timeout=0.5)
        except OSError:
            return None
        return int(reply[1]) if reply else None

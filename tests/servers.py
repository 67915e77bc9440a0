"""Real Redis and Valkey servers, on loopback ports of their own."""

from __future__ import annotations

import contextlib
import shlex
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.certificates import Certificates
from tests.kinds import DEFAULT_KIND, MATRIX, MissingServer, ServerKind
from tests.ports import free_port, poll
from tests.resp import ReplyError, ask

__all__ = [
    "DEFAULT_KIND",
    "MATRIX",
    "MissingServer",
    "RedisServer",
    "ReplyError",
    "ServerKind",
    "free_port",
]

#: No persistence, and no wait for further replicas before the first gets its data.
_DEFAULTS = {
    "bind": "127.0.0.1",
    "save": "",
    "appendonly": "no",
    "loglevel": "notice",
    "repl-diskless-sync-delay": "0",
}
#: Far more than any server here takes, for a machine that is busy with other things.
_PATIENCE = 15.0


class RedisServer:
    """A server process; it is gone when the ``with`` block ends.

    ``arguments`` go to the program as they are (a configuration file comes first); ``config`` holds
    directives, the values split as a shell does. With ``tls`` the port speaks TLS. ``call`` uses
    a unix socket, so that it works whatever becomes of the port.
    """

    def __init__(
        self,
        kind: str = DEFAULT_KIND,
        *arguments: str,
        config: Mapping[str, str | int] | None = None,
        port: int | None = None,
        tls: Certificates | None = None,
    ) -> None:
        self.kind = MATRIX[kind]
        self.port = port or free_port()
        self.tls = tls
        self.process: subprocess.Popen[bytes] | None = None
        # Not pytest's directory: the path of a unix socket has room for 107 bytes.
        self.dir = Path(tempfile.mkdtemp(prefix="redis-"))
        self.socket_path = self.dir / "redis.sock"
        self.log_path = self.dir / "server.log"
        self._arguments = arguments
        self._config = {**_DEFAULTS, **(config or {})}
        self.password = str(self._config.get("requirepass", "")) or None

    @property
    def pid(self) -> int:
        """The process id; the server must have been started."""
        assert self.process is not None, "the server was never started"
        return self.process.pid

    @property
    def url(self) -> str:
        """The address, without any login."""
        return f"{'rediss' if self.tls else 'redis'}://127.0.0.1:{self.port}"

    @property
    def running(self) -> bool:
        """Whether the process is there, be it frozen."""
        return self.process is not None and self.process.poll() is None

    @property
    def log(self) -> str:
        """All that the server has written, over all its starts."""
        return self.log_path.read_text(errors="replace") if self.log_path.exists() else ""

    def start(self, *, ready: bool = True) -> Self:
        """Start the process and, unless ``ready`` is false, wait until it answers.

        Raises AssertionError, with the server's log, when it does not come up.
        """
        assert not self.running, "the server runs already"
        # What a killed server leaves behind would refuse the first attempts of wait_ready.
        self.socket_path.unlink(missing_ok=True)
        with self.log_path.open("ab") as log:
            self.process = subprocess.Popen(
                [str(self.kind.binary()), *self._command_line()],
                cwd=self.dir,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        if ready:
            self.wait_ready()
        return self

    def wait_ready(self, *, within: float = _PATIENCE) -> None:
        """Wait until PING gets an answer other than LOADING; an error reply is an answer too."""
        answered = poll(lambda: not self.running or self._answers(), within=within)
        if not answered or not self.running:
            raise AssertionError(f"{self.kind.name} did not come up:\n{self.log}")

    def call(
        self,
        *arguments: str | bytes | int,
        user: str | None = None,
        password: str | None = None,
        timeout: float = 5.0,
    ) -> Any:
        """The decoded reply to one command, on a connection of its own.

        Logs in when there is a password (by default the one of ``requirepass``). Raises ReplyError
        for an error reply, OSError when the server cannot be reached or is silent.
        """
        password = password or self.password
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(timeout)
            connection.connect(str(self.socket_path))
            if password is not None:
                ask(connection, "AUTH", *([user] if user else []), password)
            return ask(connection, *arguments)

    def info(self, section: str = "everything") -> dict[str, str]:
        """The fields of INFO."""
        if section == "everything" and self.kind.version.startswith("6."):
            section = "all"
        lines = self.call("INFO", section).splitlines()
        return dict(line.split(":", 1) for line in lines if ":" in line)

    def connect(self) -> socket.socket:
        """A plain TCP connection, to be closed by the caller."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=5.0)

    def stop(self, *, within: float = _PATIENCE) -> int:
        """End it as an operator does (SIGTERM) and return its exit status."""
        return self._end(signal.SIGTERM, within)

    def kill(self) -> None:
        """End it as a crash does (SIGKILL); nothing happens when it has ended already."""
        if self.running:
            self._end(signal.SIGKILL, _PATIENCE)

    def freeze(self) -> None:
        """SIGSTOP: the kernel still accepts connections, and nobody answers."""
        assert self.process is not None
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """SIGCONT."""
        assert self.process is not None
        self.process.send_signal(signal.SIGCONT)

    def restart(self, *, ready: bool = True) -> Self:
        """Stop it unless it has ended, and start it on the same port in the same directory."""
        if self.running:
            self.stop()
        return self.start(ready=ready)

    @contextlib.contextmanager
    def frozen(self) -> Iterator[None]:
        """Frozen inside the block, thawed after it."""
        self.freeze()
        try:
            yield
        finally:
            self.thaw()

    def close(self) -> None:
        """Kill it and remove its directory."""
        self.kill()
        shutil.rmtree(self.dir, ignore_errors=True)

    def __enter__(self) -> Self:
        return self if self.running else self.start()

    def __exit__(
        self,
        exception_type: type[BaseException] | None,
        exception: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _end(self, signum: signal.Signals, within: float) -> int:
        assert self.process is not None
        self.process.send_signal(signum)
        self.thaw()
        try:
            return self.process.wait(within)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"{self.kind.name} did not end:\n{self.log}") from None

    def _answers(self) -> bool:
        try:
            self.call("PING", timeout=1.0)
        except ReplyError as error:
            return not str(error).startswith("LOADING")
        except OSError:
            return False
        return True

    def _command_line(self) -> list[str]:
        config: dict[str, str | int] = {"unixsocket": str(self.socket_path), **self._config}
        if self.tls is None:
            config = {"port": self.port, **config}
        else:
            config = {
                "port": 0,
                "tls-port": self.port,
                "tls-ca-cert-file": str(self.tls.ca),
                "tls-cert-file": str(self.tls.server.cert),
                "tls-key-file": str(self.tls.server.key),
                "tls-auth-clients": "no",
                **config,
            }
        line = list(self._arguments)
        for directive, value in config.items():
            line += [f"--{directive}", *(shlex.split(str(value)) or [""])]
        return line

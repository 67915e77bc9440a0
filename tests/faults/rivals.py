"""What else watches a Redis: a ping in a container's health check, and redis_exporter."""

from __future__ import annotations

import re
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Self
from urllib.parse import urlsplit

from tests.peer.exporter import program
from tests.ports import free_port, poll

#: Seconds that a container's health check commonly has, and that Prometheus gives a scrape.
PING_LIMIT = 5.0
SCRAPE_LIMIT = 10.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What one of them says: up or not, in its own words, and how long that took."""

    up: bool
    said: str
    seconds: float


class Answers(NamedTuple):
    """What both say at one moment."""

    redis_cli: Answer
    exporter: Answer


@dataclass(frozen=True, slots=True)
class Address:
    """The server as both are told of it: with the login and the TLS of the service's own."""

    url: str
    username: str = ""
    password: str = ""
    ca: str = ""

    @classmethod
    def of(cls, url: str, environment: Mapping[str, str]) -> Self:
        """From what the service gets."""
        password = environment.get("REDIS_PASSWORD", "")
        file = environment.get("REDIS_PASSWORD_FILE")
        if "REDIS_PASSWORD" not in environment and file is not None:
            password = Path(file).read_text(encoding="utf-8").strip()
        return cls(
            url=url,
            username=environment.get("REDIS_USERNAME", ""),
            password=password,
            ca=environment.get("REDIS_TLS_CA_FILE", ""),
        )


class Rivals:
    """Both beside one server; ``with`` starts the exporter and ends it."""

    def __init__(self, address: Address) -> None:
        self._address = address
        self._port = free_port()
        self._exporter: subprocess.Popen[bytes] | None = None

    def ask(self) -> Answers:
        """Both at the same time; takes as long as the slower one is given."""
        with ThreadPoolExecutor(2) as pool:
            ping, scrape = pool.submit(self._ping), pool.submit(self._scrape)
            return Answers(ping.result(), scrape.result())

    def _ping(self) -> Answer:
        begun = time.monotonic()
        try:
            ended = subprocess.run(
                self._ping_command(),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=PING_LIMIT,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return Answer(False, f"no answer in {PING_LIMIT:g} s", PING_LIMIT)
        said = (ended.stdout.strip() or ended.stderr.strip()).splitlines()
        first = said[0].strip() if said else "nothing"
        took = time.monotonic() - begun
        # A container's health check reads the exit status, and nothing else.
        return Answer(ended.returncode == 0, f"exit {ended.returncode}: {first}", took)

    def _ping_command(self) -> list[str]:
        address = urlsplit(self._address.url)
        command = ["redis-cli", "--no-auth-warning"]
        if address.scheme == "unix":
            command += ["-s", address.path]
        else:
            command += ["-h", address.hostname or "", "-p", str(address.port)]
        if self._address.username:
            command += ["--user", self._address.username]
        if self._address.password:
            command += ["-a", self._address.password]
        if address.scheme == "rediss":
            command += ["--tls", "--cacert", self._address.ca]
        return [*command, "ping"]

    def _scrape(self) -> Answer:
        begun = time.monotonic()
        url = f"http://127.0.0.1:{self._port}/metrics"
        request = urllib.request.Request(url, headers={"Accept": "text/plain"})
        try:
            with urllib.request.urlopen(request, timeout=SCRAPE_LIMIT) as response:
                text = response.read().decode()
        except urllib.error.HTTPError as error:
            return Answer(False, f"HTTP {error.code}", time.monotonic() - begun)
        except OSError:
            return Answer(False, f"no answer in {SCRAPE_LIMIT:g} s", time.monotonic() - begun)
        found = re.search(r"^redis_up (\d)", text, re.MULTILINE)
        value = found[1] if found else "absent"
        return Answer(value == "1", f"redis_up {value}", time.monotonic() - begun)

    def __enter__(self) -> Self:
        address = self._address
        self._exporter = subprocess.Popen(
            [
                program(),
                f"-redis.addr={address.url}",
                f"-redis.user={address.username}",
                f"-redis.password={address.password}",
                f"-tls-ca-cert-file={address.ca}",
                f"-web.listen-address=127.0.0.1:{self._port}",
            ],
            env={},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        # Not by a scrape, which would ask Redis.
        assert poll(self._listens, within=30.0), "redis_exporter did not come up"
        return self

    def __exit__(self, *_: object) -> None:
        assert self._exporter is not None
        self._exporter.kill()
        self._exporter.wait()

    def _listens(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self._port}/", timeout=2.0):
                return True
        except OSError:
            return False

"""Clients that hold connections and send next to nothing: the others do not notice."""

from __future__ import annotations

import http.client
import resource
import socket
import ssl
import statistics
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from redis_health.web.crowd import MOST, MOST_WITH_TLS
from tests.certificates import Certificates
from tests.conftest import Services
from tests.ports import free_port, poll
from tests.service import ServiceProcess

CLIENTS = 1000
SECONDS = 5.0
#: As redis_health.web.server has it, and room for a busy machine.
PATIENCE = 10.0
MARGIN = 10.0
HALF = b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow: "
HALF_A_HELLO = b"\x16\x03\x01\x02\x00\x01"


@pytest.fixture(autouse=True)
def enough_descriptors() -> Iterator[None]:
    """The clients are ours, too."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, 4096)), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


class Slow:
    """Clients that send half a head, then one byte a second; who is cut off stays away."""

    def __init__(self, port: int, first: bytes) -> None:
        self._first = first
        self._sockets = [self._connected(port) for _ in range(CLIENTS)]
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._trickle)
        self._thread.start()

    def _connected(self, port: int) -> socket.socket:
        client = socket.create_connection(("127.0.0.1", port), timeout=20)
        client.sendall(self._first)
        client.setblocking(False)
        return client

    def _trickle(self) -> None:
        while not self._end.wait(1.0 / CLIENTS):
            # One after the other, so that each has its turn once a second.
            if not self._sockets:
                return
            client = self._sockets.pop(0)
            try:
                client.send(b"x")
                self._sockets.append(client)
            except OSError:
                client.close()

    @property
    def left(self) -> int:
        return len(self._sockets)

    def close(self) -> None:
        self._end.set()
        self._thread.join()
        for client in self._sockets:
            client.close()


@contextmanager
def slow_clients(port: int, first: bytes = HALF) -> Iterator[Slow]:
    with ExitStack() as stack:
        slow = Slow(port, first)
        stack.callback(slow.close)
        yield slow


def latencies(service: ServiceProcess, seconds: float) -> list[float]:
    """Milliseconds of each request, on a connection of its own as those of the kubelet."""
    found = []
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        started = time.perf_counter()
        assert service.get("/healthz").status in {200, 503}
        found.append((time.perf_counter() - started) * 1e3)
        time.sleep(0.01)
    return found


def over_tls(port: int, certificates: Certificates, seconds: float) -> list[float]:
    """As ``latencies``, with a handshake for each."""
    context = ssl.create_default_context(cafile=str(certificates.ca))
    found = []
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        started = time.perf_counter()
        connection = http.client.HTTPSConnection("localhost", port, context=context, timeout=5)
        connection.request("GET", "/livez")
        assert connection.getresponse().status == 200
        connection.close()
        found.append((time.perf_counter() - started) * 1e3)
        time.sleep(0.01)
    return found


def told(found: list[float]) -> str:
    ordered = sorted(found)
    return (
        f"{len(found)} requests: median {statistics.median(found):.1f} ms, "
        f"p99 {ordered[int(len(ordered) * 0.99)]:.1f} ms, max {ordered[-1]:.1f} ms"
    )


def report(capsys: pytest.CaptureFixture[str], text: str) -> None:
    """The numbers are what somebody who runs this wants to see."""
    with capsys.disabled():
        print(f"\n{text}")  # noqa: T201


def resident(service: ServiceProcess) -> float:
    """Megabytes of memory."""
    pages = int(Path(f"/proc/{service.pid}/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1e6


def descriptors(service: ServiceProcess) -> int:
    return sum(1 for _ in Path(f"/proc/{service.pid}/fd").iterdir())


@pytest.fixture
def service(services: Services) -> ServiceProcess:
    """Beside no Redis: what it answers comes from memory all the same."""
    return services("--redis-port", str(free_port()))


def test_a_thousand_slow_clients_are_not_noticed(
    service: ServiceProcess, capsys: pytest.CaptureFixture[str]
) -> None:
    before = descriptors(service)
    with slow_clients(service.port) as slow:
        # Behind the burst of those who have just connected.
        first, *found = latencies(service, SECONDS)
        most = descriptors(service)
        report(capsys, f"first {first:.1f} ms, then {told(found)}; {most} descriptors")
        ordered = sorted(found)
        assert ordered[int(len(ordered) * 0.99)] < 50
        assert most <= before + MOST + 16
        # All of them are gone when their time is up.
        assert poll(lambda: descriptors(service) <= before + 2, within=PATIENCE + MARGIN)
        assert poll(lambda: slow.left == 0, within=PATIENCE)
    assert service.stderr.count("too many connections") == 1


def test_with_few_descriptors_there_is_room_for_redis_too(
    service: ServiceProcess, capsys: pytest.CaptureFixture[str]
) -> None:
    service.close()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    limited = ServiceProcess("--redis-port", str(free_port()))
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard))
        limited.start(live=False)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        limited.wait_live()
        with slow_clients(limited.port):
            found = latencies(limited, SECONDS)
            report(capsys, f"{told(found)}; {descriptors(limited)} descriptors of 256")
            ordered = sorted(found)
            assert ordered[int(len(ordered) * 0.99)] < 50
            assert descriptors(limited) < 200
        # Nobody ran out of descriptors: neither the listener nor the probes.
        assert "out of system resource" not in limited.stderr
        assert "Too many open files" not in limited.stderr
        assert b"CONN_REFUSED" in limited.get("/health").body
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        limited.close()


def test_clients_that_never_finish_the_handshake_are_not_noticed(
    services: Services,
    tmp_path: Path,
    certificates: Certificates,
    capsys: pytest.CaptureFixture[str],
) -> None:
    file = tmp_path / "web.yml"
    pair = certificates.server
    file.write_text(f"tls_server_config: {{cert_file: {pair.cert}, key_file: {pair.key}}}\n")
    flags = ["--redis-port", str(free_port()), "--web.config.file", str(file)]
    service = services(*flags, live=False)
    assert poll(lambda: "https://" in service.stderr, within=15)
    before = descriptors(service)
    with slow_clients(service.port, HALF_A_HELLO):
        found = over_tls(service.port, certificates, SECONDS)
        most, memory = descriptors(service), resident(service)
        report(capsys, f"{told(found)}; {most} descriptors, {memory:.0f} MB resident")
        assert statistics.median(found) < 50
        assert most <= before + MOST_WITH_TLS + 16
        assert poll(lambda: descriptors(service) <= before + 2, within=PATIENCE + MARGIN)

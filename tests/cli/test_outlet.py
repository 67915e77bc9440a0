"""Nobody waits for whoever reads the log."""

from __future__ import annotations

import fcntl
import logging
import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from redis_health.cli.outlet import Outlet
from tests.conftest import Services
from tests.ports import poll
from tests.servers import RedisServer
from tests.service import ServiceProcess


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    reader, writer = os.pipe()
    fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, 4096)
    yield reader, writer
    os.close(reader)
    os.close(writer)


def record(text: str) -> logging.LogRecord:
    return logging.LogRecord("test", logging.INFO, __file__, 1, text, None, None)


def test_lines_come_out_in_order(pipe: tuple[int, int]) -> None:
    reader, writer = pipe
    outlet = Outlet(writer)
    for number in range(3):
        outlet.emit(record(f"line {number}"))
    outlet.flush()
    assert os.read(reader, 4096) == b"line 0\nline 1\nline 2\n"


def test_what_nobody_takes_is_dropped_and_counted(pipe: tuple[int, int]) -> None:
    reader, writer = pipe
    outlet = Outlet(writer)
    for _ in range(3000):
        outlet.emit(record("x" * 100))
    taken = bytearray()
    done = threading.Event()

    def take() -> None:
        while b"the last" not in taken:
            taken.extend(os.read(reader, 65536))
        done.set()

    thread = threading.Thread(target=take)
    thread.start()
    assert poll(lambda: taken.count(b"\n") >= 1000, within=10.0)
    outlet.emit(record("the last"))
    assert done.wait(10.0)
    thread.join()
    *lines, last = taken.decode().splitlines()
    assert last == "the last"
    written = lines.count("x" * 100)
    confessions = [line.split(maxsplit=1) for line in lines if line != "x" * 100]
    assert {text for _, text in confessions} == {"lines of this log were dropped: nobody took them"}
    assert written + sum(int(number) for number, _ in confessions) == 3000
    assert written < 2000


def test_a_descriptor_that_takes_nothing_costs_the_lines_alone() -> None:
    descriptor = os.open("/dev/full", os.O_WRONLY)
    try:
        outlet = Outlet(descriptor)
        outlet.emit(record("lost"))
        outlet.flush()
    finally:
        os.close(descriptor)


def test_lines_wait_while_no_thread_can_be_had(
    pipe: tuple[int, int], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refused(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    reader, writer = pipe
    outlet = Outlet(writer)
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", refused)
        for number in range(1200):
            outlet.emit(record(f"line {number}"))
        outlet.flush()
    outlet.emit(record("after it"))
    assert os.read(reader, 4096).startswith(b"line 0\nline 1\n")
    # However many waited, and were dropped.
    assert poll(lambda: b"after it" in os.read(reader, 4096), within=10.0)
    outlet.flush()
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("form", ["json", "console"])
def test_a_log_that_nobody_reads_stops_nothing(
    form: str, pipe: tuple[int, int], server: RedisServer
) -> None:
    service = ServiceProcess(
        environment={
            "REDIS_URL": server.url,
            "REDIS_HEALTH_LOG_FORMAT": form,
            "REDIS_HEALTH_DRAIN_DELAY": "0",
        }
    )
    with service.start(stderr=pipe[1]):
        service.wait_for(lambda health: bool(health["state"] == "up"), within=10.0)
        # Every outage is two lines of 300 bytes and more, and the pipe holds 4096.
        for _ in range(8):
            server.kill()
            service.wait_for(lambda health: bool(health["state"] == "down"), within=10.0)
            server.start()
            service.wait_for(lambda health: bool(health["state"] == "up"), within=10.0)
        assert service.stop(within=5.0) == 0


def test_a_full_disk_under_the_log_is_no_failure(server: RedisServer) -> None:
    service = ServiceProcess(environment={"REDIS_URL": server.url, "REDIS_HEALTH_DRAIN_DELAY": "0"})
    with Path("/dev/full").open("wb") as full, service.start(stderr=full.fileno()):
        service.wait_for(lambda health: bool(health["state"] == "up"), within=10.0)
        assert service.stop() == 0


def test_without_standard_error_no_socket_gets_the_log(server: RedisServer) -> None:
    program = (
        "import os, runpy, sys; os.close(2); sys.stderr = None;"
        "runpy.run_module('redis_health', run_name='__main__')"
    )
    service = ServiceProcess(
        environment={"REDIS_URL": server.url, "REDIS_HEALTH_DRAIN_DELAY": "0"},
        program=("-c", program),
    )
    with service:
        service.wait_for(lambda health: bool(health["state"] == "up"), within=10.0)
        assert service.stop() == 0


def test_the_last_words_are_heard(server: RedisServer, services: Services) -> None:
    service = services("--drain-delay", "60", environment={"REDIS_URL": server.url})
    service.signal(signal.SIGTERM)
    assert poll(lambda: "draining" in service.stderr, within=5.0)
    service.signal(signal.SIGINT)
    assert service.wait(within=5.0) == 130
    assert "stopped at once" in service.stderr

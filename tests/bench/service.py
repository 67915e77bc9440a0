"""The service as a process: start, size, idling, endpoints, detection."""

from __future__ import annotations

import http.client
import subprocess
import sys
import time
from pathlib import Path

from tests.bench.report import Report, median, per_call, percentile
from tests.servers import RedisServer
from tests.service import ServiceProcess

_ENDPOINTS = ("/health", "/healthz", "/readyz", "/startupz", "/livez", "/metrics", "/")
_REQUESTS = 300
_IDLE = 20.0


def starts(report: Report, server: RedisServer) -> None:
    """From the start of the process to the first 200 on ``/livez``."""
    took = []
    for _ in range(5):
        service = ServiceProcess(environment={"REDIS_URL": server.url})
        started = time.perf_counter()
        service.start(live=False)
        while not _answers(service.port):
            time.sleep(0.002)
        took.append(time.perf_counter() - started)
        service.close()
    report.tell("start to the first 200 on /livez (median of 5)", median(took) * 1e3, "ms")


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=1)
    try:
        connection.request("GET", "/livez")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def container_probe(report: Report, service: ServiceProcess) -> None:
    """``healthcheck`` against a bare start of Python."""
    program = str(Path(sys.executable).with_name("healthcheck"))
    probe = [program, "--url", f"{service.url}/healthz"]
    bare = [sys.executable, "-c", "pass"]
    probed = median([_run(probe) for _ in range(21)])
    started = median([_run(bare) for _ in range(21)])
    report.tell("healthcheck (median of 21)", probed * 1e3, "ms")
    report.tell("python -c pass (median of 21)", started * 1e3, "ms")
    report.hold("healthcheck : bare python", probed / started, most=4.0)


def _run(command: list[str]) -> float:
    started = time.perf_counter()
    subprocess.run(command, check=True)
    return time.perf_counter() - started


def idling(report: Report, server: RedisServer, service: ServiceProcess) -> None:
    """CPU, memory and commands at the default settings."""
    before = _cpu(service.pid), _commands(server), time.perf_counter()
    time.sleep(_IDLE)
    seconds = time.perf_counter() - before[2]
    report.tell("idle CPU", 100 * (_cpu(service.pid) - before[0]) / seconds, "% of a core")
    # One of the commands is our own INFO.
    commands = (_commands(server) - before[1] - 1) / seconds
    report.tell("commands issued to Redis", commands, "a second")
    report.hold("commands a second : four", commands / 4, most=1.0)
    report.tell("resident memory", _resident(service.pid) / 1024, "MiB")


def _cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / 100


def _resident(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0])


def _commands(server: RedisServer) -> int:
    return int(server.info("stats")["total_commands_processed"])


def endpoints(report: Report, server: RedisServer, service: ServiceProcess) -> None:
    """The slowest of a hundred answers, while Redis is well and while it is frozen."""
    well = {path: _p99(service.port, path) for path in _ENDPOINTS}
    with server.frozen():
        service.wait_for(lambda health: health["status"] == "error", within=10)
        for path in _ENDPOINTS:
            frozen = _p99(service.port, path)
            report.tell(f"{path}: p99 while Redis is frozen", frozen * 1e3, "ms")
            # A floor of 2 ms, so that the noise of two small numbers is no ratio.
            report.hold(f"{path}: frozen : well", frozen / max(well[path], 0.002), most=3.0)
    service.wait_for(lambda health: health["status"] == "ok", within=10)


def _p99(port: int, path: str) -> float:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    took = []
    for _ in range(_REQUESTS):
        started = time.perf_counter()
        connection.request("GET", path)
        connection.getresponse().read()
        took.append(time.perf_counter() - started)
    connection.close()
    return percentile(took, 0.99)


def detection(report: Report, server: RedisServer, service: ServiceProcess) -> None:
    """From the fault to 503 on ``/healthz``."""
    bound = float(service.health()["detect_within_seconds"])
    report.tell("detect_within_seconds", bound, "s")
    frozen = []
    for _ in range(3):
        with server.frozen():
            frozen.append(_until_down(service))
        service.wait_for(lambda health: health["status"] == "ok", within=10)
    killed = []
    for _ in range(5):
        server.kill()
        killed.append(_until_down(service))
        server.restart()
        service.wait_for(lambda health: health["status"] == "ok", within=10)
    report.tell("kill -STOP to 503 (slowest of 3)", max(frozen), "s")
    report.tell("kill -9 to 503 (slowest of 5)", max(killed), "s")
    report.hold("kill -STOP to 503 : bound", max(frozen) / bound, most=1.0)
    report.hold("kill -9 to 503 : bound", max(killed) / bound, most=1.0)


def _until_down(service: ServiceProcess) -> float:
    started = time.perf_counter()
    while service.get("/healthz").status == 200:
        if time.perf_counter() - started > 30:
            raise AssertionError("the fault was not noticed within 30 s")
        time.sleep(0.01)
    return time.perf_counter() - started


def throughput(report: Report, service: ServiceProcess) -> None:
    """Requests a second over one connection, client and server sharing the machine."""
    connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=5)

    def scrape() -> bytes:
        connection.request("GET", "/metrics")
        return connection.getresponse().read()

    report.tell("scrapes over one connection", 1 / per_call(scrape, seconds=2), "a second")
    connection.close()

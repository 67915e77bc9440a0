"""The real service against servers that lie: it stays small, quick and calm, and recovers."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from pathlib import Path

from redis_health.model.line import LONGEST
from redis_health.probes import catalogue
from tests.conftest import Services
from tests.fuzz.cases import tried
from tests.fuzz.liar import Liar, honest
from tests.fuzz.lies import LIES
from tests.ports import poll
from tests.servers import RedisServer
from tests.service import ServiceProcess

#: By how much the service may grow, whatever it is told.
_GROWTH = 32 * 2**20
#: Seconds for which a container probe waits by default.
_PATIENCE = 1.0
#: Seconds for which each lie is told at least.
_SPAN = 0.5


def _resident(service: ServiceProcess, line: str = "VmRSS") -> int:
    status = Path(f"/proc/{service.pid}/status").read_text()
    return next(int(row.split()[1]) * 1024 for row in status.splitlines() if row.startswith(line))


def _asked(service: ServiceProcess, seconds: list[float]) -> None:
    begun = time.perf_counter()
    service.get("/healthz")
    seconds.append(time.perf_counter() - begun)


def _is_calm(service: ServiceProcess) -> None:
    health = service.health()
    told = [*health["reasons"], *health["notes"], *health["checks"].values()]
    for message in (one["message"] for one in told if "message" in one):
        assert message.isprintable()
        assert len(message) <= 2 * LONGEST
    service.get("/readyz?verbose")
    service.metrics()


def test_every_lie(
    services: Services, server: RedisServer, record_property: Callable[[str, object], None]
) -> None:
    with Liar(server.port) as liar:
        environment = {
            f"REDIS_HEALTH_{probe.name.upper()}_{what}": value
            for probe in catalogue()
            for what, value in (("INTERVAL", "0.2"), ("TIMEOUT", "0.4"))
        }
        service = services(
            environment={
                **environment,
                "REDIS_URL": f"redis://127.0.0.1:{liar.port}",
                # Many keys of another server, and then none of the true one: a loss, as it seems.
                "REDIS_HEALTH_ACCEPT": "RESTARTED_EMPTY",
                "REDIS_HEALTH_CHECK_WRITE": "true",
                "REDIS_HEALTH_DRAIN_DELAY": "0",
                "REDIS_HEALTH_FAILURES": "1",
                "REDIS_HEALTH_SUCCESSES": "1",
            }
        )
        service.wait_for(lambda health: health["state"] == "up", within=15.0)
        small = _resident(service)
        slow: dict[str, list[float]] = {}
        for name, (lie, greeting) in LIES.items():
            tried("lies")
            liar.tell(lie, greeting=greeting)
            until = time.monotonic() + _SPAN
            while time.monotonic() < until:
                _asked(service, slow.setdefault(name, []))
                time.sleep(0.02)
            _is_calm(service)
            liar.tell(honest)
            recovered = poll(lambda: service.health()["state"] == "up", within=10.0)
            assert recovered, (name, service.health()["reasons"])
        grown = _resident(service, "VmHWM") - small
        log = service.stdout + service.stderr
    medians = {name: statistics.median(seconds) for name, seconds in slow.items()}
    worst = sorted(((max(s), name) for name, s in slow.items()), reverse=True)[:5]
    record_property("grown by MiB", round(grown / 2**20, 1))
    record_property("slowest answers", worst)
    assert "Traceback" not in log
    assert "exception" not in log
    assert grown < _GROWTH
    # The loop is never held up for as long as a container probe waits, on however slow a machine.
    assert max(medians.values()) < _PATIENCE, medians

"""A scene: a server, the service beside it, a fault, and what the service must say of it."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Self

from tests.certificates import Certificates
from tests.ports import poll
from tests.servers import DEFAULT_KIND, RedisServer
from tests.service import ServiceProcess

#: Seconds for what a busy machine adds to a bound that the service publishes.
_SLACK = 2.0
#: Seconds in which a fault must be told, however long its own bound is.
_PATIENCE = 20.0
#: Seconds in which an endpoint answers that waits for nobody.
_FROM_MEMORY = 0.5
#: The checks that look every few seconds.
_QUICK = ("ping", "connect", "clients", "memory", "persistence", "replication", "server", "stats")
_STATUS = {"up": "ok", "degraded": "degraded", "down": "error"}

Inject = Callable[["Lab"], AbstractContextManager[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that goes wrong, and what is to be said of it.

    ``inject`` is entered to do the damage and left to repair it; ``recovery`` bounds the seconds
    until that shows. ``code`` of None means that
    nothing is to be said. ``arguments`` and ``environment`` are the service's, ``config`` the
    server's. ``at_start`` damages before the service starts. ``within`` replaces the bound that the
    service publishes, in seconds, where the rule has a limit of its own. ``recovers`` is false
    where there is no way back within a test. ``told`` must be in the reason's message. ``seconds``
    is about how long the scene takes: long ones begin first.
    """

    name: str
    inject: Inject
    code: str | None
    state: str
    arguments: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    config: Mapping[str, str | int] = field(default_factory=dict)
    kind: str = DEFAULT_KIND
    tls: bool = False
    at_start: bool = False
    within: float | None = None
    recovers: bool = True
    recovery: float = 20.0
    told: str = ""
    seconds: float = 10.0


class Lab:
    """The servers and the service of one scene; all are gone when the ``with`` block ends.

    ``server`` is the one that is watched, unless ``url`` is changed before the service starts.
    """

    def __init__(self, fault: Fault, certificates: Certificates) -> None:
        self.fault = fault
        self.certificates = certificates
        # The end of a scene need not be announced to anybody.
        self.environment = {"REDIS_HEALTH_DRAIN_DELAY": "0", **fault.environment}
        self._stack = contextlib.ExitStack()
        tls = certificates if fault.tls else None
        self.server = RedisServer(fault.kind, config=fault.config, tls=tls)
        self.url = self.server.url
        if self.server.password is not None and "REDIS_PASSWORD" not in self.environment:
            # From a file, as a secret comes into a container.
            secret = self.server.dir / "password"
            secret.write_text(self.server.password)
            self.environment["REDIS_PASSWORD_FILE"] = str(secret)
        if tls is not None:
            self.environment.setdefault("REDIS_TLS_CA_FILE", str(certificates.ca))
        self._stack.callback(self.server.close)
        self._service: ServiceProcess | None = None

    @property
    def service(self) -> ServiceProcess:
        """The service, which must have been started."""
        assert self._service is not None
        return self._service

    def add_server(self, **config: str | int) -> RedisServer:
        """One more server; underscores in the names of directives stand for hyphens."""
        directives = {name.replace("_", "-"): value for name, value in config.items()}
        server = RedisServer(self.fault.kind, config=directives)
        self._stack.callback(server.close)
        return server.start()

    def start_service(self) -> None:
        """Starts the service on ``url``."""
        environment = {"REDIS_URL": self.url, **self.environment}
        self._service = ServiceProcess(*self.fault.arguments, environment=environment)
        self._stack.callback(self._service.close)
        self._service.start()

    def wait_up(self, *, within: float = _PATIENCE) -> None:
        """Waits until all is well."""
        self.service.wait_for(lambda health: bool(health["state"] == "up"), within=within)

    def __enter__(self) -> Self:
        self.server.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()


def play(fault: Fault, certificates: Certificates) -> None:
    """The whole scene: well, damaged, told, repaired, well again."""
    with Lab(fault, certificates) as lab:
        if not fault.at_start:
            lab.start_service()
            lab.wait_up()
        with fault.inject(lab):
            begun = time.monotonic()
            if fault.at_start:
                lab.start_service()
            if fault.code is None:
                _stays_up(lab, begun)
            else:
                _is_told(lab, fault, fault.code, begun)
        if fault.recovers:
            lab.wait_up(within=fault.recovery)


def reason(health: Mapping[str, Any], code: str) -> dict[str, Any] | None:
    """The reason of a code in the document of ``/health``."""
    return next((each for each in health["reasons"] if each["code"] == code), None)


def _is_told(lab: Lab, fault: Fault, code: str, begun: float) -> None:
    def is_told(health: dict[str, Any]) -> bool:
        found = reason(health, code)
        told = found is not None and fault.told in found["message"]
        return told and health["state"] == fault.state

    health = lab.service.wait_for(is_told, within=max(_PATIENCE, fault.within or 0.0))
    took = time.monotonic() - begun
    bound = fault.within or health["detect_within_seconds"] + _SLACK
    assert took <= bound, f"{code} took {took:.2f} s, not {bound:.2f}"
    found = reason(health, code)
    assert found is not None
    assert found["advice"], health
    severities = {each["severity"] for each in health["reasons"]}
    assert ("down" in severities) == (fault.state == "down"), health
    answers_agree(lab.service, fault.state, code)


def answers_agree(service: ServiceProcess, state: str, code: str) -> None:
    """Every endpoint says the same, and none of them waits for Redis."""
    status = 503 if state == "down" else 200
    expected = {
        "/health": status,
        "/healthz": status,
        "/readyz": status,
        "/livez": 200,
        "/metrics": 200,
        "/": 200,
    }
    for path, wanted in expected.items():
        begun = time.monotonic()
        response = service.get(path)
        took = time.monotonic() - begun
        assert took < _FROM_MEMORY, f"{path} took {took:.2f} s"
        assert response.status == wanted, (path, response)
    assert service.get("/healthz").body == b'{"status":"%s"}' % _STATUS[state].encode()
    assert code in service.get("/readyz").body.decode()
    value = {"up": "1", "degraded": "0.5", "down": "0"}[state]
    metrics = service.metrics()
    assert f"\nservice_health {value}\n" in metrics
    assert f'redis_health_reason{{code="{code}"' in metrics


def _stays_up(lab: Lab, begun: float) -> None:
    """Up the whole time, until every check that looks every few seconds has looked again."""
    seen: dict[str, Any] = {}

    def looked_again() -> bool:
        nonlocal seen
        seen = lab.service.health()
        assert seen["state"] == "up", seen["reasons"]
        elapsed = time.monotonic() - begun
        return all(seen["checks"][name]["age_seconds"] < elapsed for name in _QUICK)

    assert poll(looked_again, within=_PATIENCE, every=0.05), seen


@contextlib.contextmanager
def nothing(lab: Lab) -> Iterator[None]:
    """No damage at all: what is not a fault must not look like one."""
    yield

"""How a verdict is waited for, and what every endpoint must say once it stands."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from typing import Any

from tests.faults.fault import Fault, Seen
from tests.faults.lab import Lab
from tests.ports import poll
from tests.service import ServiceProcess

#: Seconds for what a busy machine adds to a bound that the service publishes.
SLACK = 2.0
#: Seconds in which a fault must be told, however long its own bound is.
_PATIENCE = 20.0
#: Seconds in which an endpoint answers that waits for nobody, on a machine that plays many scenes.
_FROM_MEMORY = 1.0
#: The checks that look every few seconds.
_QUICK = ("ping", "connect", "clients", "memory", "persistence", "replication", "server", "stats")
_HEALTH = {"up": "1", "degraded": "0.5", "down": "0"}


def verdict(lab: Lab, begun: float) -> Seen:
    """Waits for what the fault declares, and looks at every endpoint."""
    if lab.fault.code is None:
        return _stays_up(lab, begun)
    return is_told(lab, lab.fault.code, begun)


def reason(health: Mapping[str, Any], code: str) -> dict[str, Any] | None:
    """The reason of a code in the document of ``/health``."""
    return next((each for each in health["reasons"] if each["code"] == code), None)


def is_told(lab: Lab, code: str, begun: float) -> Seen:
    """Waits for the reason, which must come within its bound, and hold everywhere."""
    fault = lab.fault

    def is_there(health: dict[str, Any]) -> bool:
        found = reason(health, code)
        told = found is not None and fault.told in found["message"]
        # What one check tells early is no verdict yet, while others have not been heard.
        settled = code == "STARTING" or reason(health, "STARTING") is None
        return told and settled and health["state"] == fault.state

    health = lab.service.wait_for(is_there, within=(fault.within or _PATIENCE) + SLACK)
    took = time.monotonic() - begun
    bound = fault.within or health["detect_within_seconds"]
    assert took <= bound + SLACK, f"{code} took {took:.2f} s, not {bound:.2f}"
    found = reason(health, code)
    assert found is not None
    assert fault.advised in found["advice"], health
    severities = {each["severity"] for each in health["reasons"]}
    assert ("down" in severities) == (fault.state == "down"), health
    answers_agree(lab.service, fault)
    return Seen(fault.state, code, took, bound, found["message"], found["advice"])


def _stays_up(lab: Lab, begun: float) -> Seen:
    """Up the whole time, until every check that looks every few seconds has looked again."""
    seen: dict[str, Any] = {}

    def looked_again() -> bool:
        nonlocal seen
        seen = lab.service.health()
        assert seen["state"] == "up", seen["reasons"]
        elapsed = time.monotonic() - begun
        # None while it has not looked at all, in a scene that begins with the service.
        ages = [seen["checks"][name]["age_seconds"] for name in _QUICK]
        return all(age is not None and age < elapsed for age in ages)

    assert poll(looked_again, within=_PATIENCE, every=0.05), seen
    answers_agree(lab.service, lab.fault)
    bound = seen["detect_within_seconds"]
    return Seen("up", "", time.monotonic() - begun, bound)


def answers_agree(service: ServiceProcess, fault: Fault) -> None:
    """Every endpoint says what the fault declares, and none of them waits for Redis."""
    down = 503 if fault.state == "down" else 200
    expected = {
        "/health": down,
        "/healthz": down,
        "/readyz": fault.ready,
        "/livez": fault.livez,
        "/metrics": 200,
        "/": 200,
    }
    for path, wanted in expected.items():
        begun = time.monotonic()
        response = service.get(path)
        took = time.monotonic() - begun
        assert took < _FROM_MEMORY, f"{path} took {took:.2f} s"
        assert response.status == wanted, (path, response)
    assert service.get("/healthz").body == b'{"status":"%s"}' % fault.status.encode()
    metrics = service.metrics()
    assert f"\nservice_health {_HEALTH[fault.state]}\n" in metrics
    found = re.search(r"^redis_up (.*)$", metrics, re.MULTILINE)
    assert (found and found[1]) == (None if fault.redis_up is None else str(fault.redis_up))
    if fault.code is not None:
        assert fault.code in service.get("/readyz").body.decode()
        assert f'redis_health_reason{{code="{fault.code}"' in metrics

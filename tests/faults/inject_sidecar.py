"""Damage to the service itself, by signals to a launcher that has the faults built in."""

from __future__ import annotations

import contextlib
import json
import re
import signal
import time
from collections.abc import Iterator

from tests.faults.fault import Seen
from tests.faults.lab import Lab
from tests.faults.watch import answers_agree, is_told, reason
from tests.ports import poll

_STALL = 10.0
_PATIENCE = 15.0


def with_faults(lab: Lab) -> None:
    """The service is started with faults of its own that signals bring about."""
    lab.program = ("-m", "tests.selfdoubt.launcher")
    lab.environment["STALL"] = str(_STALL)


@contextlib.contextmanager
def loop_blocked(lab: Lab) -> Iterator[None]:
    """``time.sleep`` in a callback of the event loop."""
    lab.service.signal(signal.SIGUSR1)
    yield


def told_of_the_stall(lab: Lab, begun: float) -> Seen:
    """No answer meanwhile, and in the first one after it not a word against Redis."""
    with contextlib.suppress(TimeoutError):
        answer = lab.service.get("/livez", timeout=2.0)
        raise AssertionError(f"the event loop goes on: {answer}")
    response = lab.service.get("/health", timeout=_STALL + _PATIENCE)
    took = time.monotonic() - begun - _STALL
    health = json.loads(response.body)
    found = reason(health, "UNOBSERVED")
    assert found is not None, health
    assert lab.fault.told in found["message"]
    assert lab.fault.advised in found["advice"]
    assert response.status == 503
    assert {each["code"] for each in health["reasons"]} == {"UNOBSERVED"}
    # Long enough for every round that was under way to end, and be counted where it belongs.
    lab.wait_up()
    assert not re.search(r'redis_health_reason\{code="(?!UNOBSERVED)', lab.service.metrics())
    return Seen("down", "UNOBSERVED", took, 2.0, found["message"], found["advice"])


@contextlib.contextmanager
def task_dies(lab: Lab) -> Iterator[None]:
    """The task of ``ping`` raises at each of its rounds."""
    lab.service.signal(signal.SIGUSR2)
    yield
    lab.service.signal(signal.SIGUSR2)


def not_alive_in_the_end(lab: Lab, begun: float) -> Seen:
    """Alive at first; once it has died too often, a restart is asked for."""
    assert lab.service.get("/livez").status == 200
    assert poll(lambda: lab.service.get("/livez").status == 503, within=_PATIENCE, every=0.05)
    return is_told(lab, "UNOBSERVED", begun)


@contextlib.contextmanager
def terminated(lab: Lab) -> Iterator[None]:
    """What an orchestrator does first."""
    lab.service.signal(signal.SIGTERM)
    yield
    assert lab.service.wait(within=_PATIENCE) == 0


def drains(lab: Lab, begun: float) -> Seen:
    """/readyz alone says so, at once; all else goes on until the end."""
    assert poll(lambda: lab.service.get("/readyz").status == 503, within=_PATIENCE)
    took = time.monotonic() - begun
    assert took < 1.0, f"it drains after {took:.2f} s"
    assert lab.service.get("/readyz").body.decode().startswith("draining: ")
    answers_agree(lab.service, lab.fault)
    return Seen("up", "", took, 1.0)

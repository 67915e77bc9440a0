"""The child in the verdict and in the metrics."""

from __future__ import annotations

import os
import signal

import pytest

from redis_health.errors import RedisFault
from redis_health.model import Nature, Probe, Sample
from redis_health.probes import catalogue
from redis_health.supervisor import Child, child_samples, with_child
from redis_health.supervisor.child import Exit, signal_name
from redis_health.supervisor.probe import (
    CHILD_EXIT_STATUS,
    CHILD_RESTARTS,
    CHILD_UP,
    CONDITIONS,
    METRICS,
)
from redis_health.supervisor.supervisor import pause_after
from tests.probes.readers import Recorded

NOON = 1_700_049_600.0


def ping(child: Child) -> Probe:
    return next(probe for probe in with_child(catalogue(), child) if probe.name == "ping")


async def failure_of(child: Child) -> tuple[str, str]:
    with pytest.raises(RedisFault) as caught:
        await ping(child).collect(Recorded(epoch=NOON + 60))
    assert caught.value.failure.nature is Nature.REPLY
    return caught.value.failure.code, caught.value.failure.message


@pytest.mark.parametrize(
    "child",
    [
        Child("redis-server"),
        Child("redis-server", pid=7),
        Child("redis-server", pid=8, restarts=1, last_exit=Exit(1, None, NOON)),
    ],
)
async def test_a_server_that_may_answer_is_asked(child: Child) -> None:
    assert await ping(child).collect(Recorded(replies={"PING": 0.002}))


async def test_one_that_has_ended_is_not() -> None:
    child = Child("redis-server", last_exit=Exit(1, None, NOON))
    assert await failure_of(child) == (
        "CHILD_EXITED",
        "redis-server ended with exit status 1 at 12:00:00 UTC",
    )


async def test_one_that_was_killed_and_is_started_again() -> None:
    killed = Exit.of(signal.SIGKILL, at=NOON)
    child = Child("redis-server", last_exit=killed, next_start=NOON + 2)
    assert await failure_of(child) == (
        "CHILD_KILLED",
        "redis-server was killed by SIGKILL at 12:00:00 UTC; it is started again at 12:00:02 UTC",
    )


def test_only_the_way_to_redis_is_guarded() -> None:
    child = Child("redis-server")
    changed = {
        after.name
        for before, after in zip(catalogue(), with_child(catalogue(), child), strict=True)
        if before is not after
    }
    assert changed == {"ping", "connect"}
    assert set(CONDITIONS) <= set(ping(child).conditions)


@pytest.mark.parametrize(
    ("wait_status", "status", "told"),
    [
        (0, 0, "ended with exit status 0"),
        (256 * 3, 3, "ended with exit status 3"),
        (signal.SIGTERM, 143, "was killed by SIGTERM"),
        (signal.SIGSEGV | 0x80, 139, "was killed by SIGSEGV"),
        (40, 168, "was killed by signal 40"),
    ],
)
def test_an_exit(wait_status: int, status: int, told: str) -> None:
    life = Exit.of(wait_status, at=NOON)
    assert (life.status, str(life)) == (status, told)
    assert (life.signal is None) is os.WIFEXITED(wait_status)


def test_signals_by_name() -> None:
    assert [signal_name(15), signal_name(40)] == ["SIGTERM", "signal 40"]


def test_metrics() -> None:
    child = Child("redis-server", pid=7)
    assert list(child_samples(child)) == [Sample(CHILD_UP, 1.0), Sample(CHILD_RESTARTS, 0.0)]
    child = Child("redis-server", restarts=2, last_exit=Exit(137, 9, NOON))
    assert list(child_samples(child)) == [
        Sample(CHILD_UP, 0.0),
        Sample(CHILD_RESTARTS, 2.0),
        Sample(CHILD_EXIT_STATUS, 137.0),
    ]
    assert {sample.metric for sample in child_samples(child)} == set(METRICS)


def test_the_back_off() -> None:
    pauses = [pause_after(failures) for failures in range(1, 8)]
    assert pauses == [1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0]
    assert pause_after(10_000) == 30.0

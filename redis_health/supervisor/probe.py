"""The child in the verdict and in the metrics: whoever holds the process knows before any probe."""

from __future__ import annotations

import signal
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from redis_health.errors import RedisFault
from redis_health.model import (
    Capability,
    Condition,
    Failure,
    Item,
    Metric,
    MetricKind,
    Nature,
    Probe,
    Reader,
    Sample,
    moment,
)
from redis_health.supervisor.child import Child, Exit

_LOST = frozenset({Capability.CONNECT})
_EXPLAINS = frozenset({"CONN_REFUSED", "CONN_RESET", "UNREACHABLE"})

CHILD_EXITED = Condition(
    "CHILD_EXITED",
    "the server that redis-health run has started has ended",
    "read the end of the server's log, just before this service's line about its end",
    lost=_LOST,
    explains=_EXPLAINS,
)
CHILD_KILLED = Condition(
    "CHILD_KILLED",
    "the server that redis-health run has started was killed by SIGKILL",
    "look for the OOM killer (dmesg, oom_kill in the container's memory.events); "
    "then raise the memory limit or lower maxmemory",
    lost=_LOST,
    explains=_EXPLAINS,
)
CONDITIONS = (CHILD_EXITED, CHILD_KILLED)

CHILD_UP = Metric(
    "redis_health_child_up",
    "Whether the server process of redis-health run is there (1 or 0).",
)
CHILD_RESTARTS = Metric(
    "redis_health_child_restarts_total",
    "Starts of the server process after a failure.",
    MetricKind.COUNTER,
)
CHILD_EXIT_STATUS = Metric(
    "redis_health_child_exit_status",
    "Last exit status of the server process, 128 and more for a signal; absent before the first.",
)
METRICS = (CHILD_UP, CHILD_RESTARTS, CHILD_EXIT_STATUS)

#: The probes that go the way to Redis, and tell of its loss.
_LANES = frozenset({"ping", "connect"})


def with_child(probes: Iterable[Probe], child: Child) -> tuple[Probe, ...]:
    """The probes, of which those that find the way to Redis tell why there is none to be found."""
    return tuple(_guarded(each, child) if each.name in _LANES else each for each in probes)


def child_samples(child: Child) -> Iterator[Sample]:
    """The child's metrics at this moment."""
    yield Sample(CHILD_UP, float(child.pid is not None))
    yield Sample(CHILD_RESTARTS, float(child.restarts))
    if child.last_exit is not None:
        yield Sample(CHILD_EXIT_STATUS, float(child.last_exit.status))


def _guarded(probe: Probe, child: Child) -> Probe:
    async def collect(reader: Reader) -> Iterable[Item]:
        if child.pid is None and child.last_exit is not None:
            raise RedisFault(_failure(child, child.last_exit, now=reader.wall()))
        return await probe.collect(reader)

    conditions: Sequence[Condition] = (*probe.conditions, *CONDITIONS)
    return replace(probe, collect=collect, conditions=tuple(conditions))


def _failure(child: Child, last: Exit, *, now: float) -> Failure:
    condition = CHILD_KILLED if last.signal == signal.SIGKILL else CHILD_EXITED
    message = f"{child.name} {last} at {moment(last.at, now=now)}"
    if child.next_start is not None:
        message += f"; it is started again at {moment(child.next_start, now=now)}"
    return Failure(condition, Nature.REPLY, message)

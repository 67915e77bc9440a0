"""Faults of the service itself, which are never blamed on Redis."""

from __future__ import annotations

from functools import partial

from tests.faults import inject, inject_sidecar
from tests.faults.fault import Fault, Group

# A plain health check has no such part that could fail beside Redis.
_fault = partial(Fault, group=Group.SIDECAR, rivals=False)
_OWN_LOG = "look at this service's own log"

SIDECAR = (
    _fault(
        row=72,
        name="event loop blocked for 10 s",
        prepare=inject_sidecar.with_faults,
        inject=inject_sidecar.loop_blocked,
        watch=inject_sidecar.told_of_the_stall,
        code="UNOBSERVED",
        state="down",
        redis_up=None,
        livez=0,
        readyz=0,
        told="event loop stalled for",
        advised=_OWN_LOG,
        seconds=35.0,
    ),
    _fault(
        row=73,
        name="task of a probe dies",
        prepare=inject_sidecar.with_faults,
        inject=inject_sidecar.task_dies,
        code="UNOBSERVED",
        state="down",
        redis_up=None,
        told="ping last ran",
        advised=_OWN_LOG,
        # It is started again after a pause that doubles.
        recovery=40.0,
    ),
    _fault(
        row=73,
        name="task of a probe dies again and again",
        prepare=inject_sidecar.with_faults,
        inject=inject_sidecar.task_dies,
        watch=inject_sidecar.not_alive_in_the_end,
        code="UNOBSERVED",
        state="down",
        redis_up=None,
        livez=503,
        # The fifth death, after pauses of 0.5, 1, 2 and 4 s.
        within=10.0,
        advised=_OWN_LOG,
        recovery=40.0,
        seconds=40.0,
    ),
    _fault(
        row=77,
        name="SIGTERM",
        inject=inject_sidecar.terminated,
        watch=inject_sidecar.drains,
        code=None,
        state="up",
        readyz=503,
        environment={"REDIS_HEALTH_DRAIN_DELAY": "4"},
        recovers=False,
    ),
    _fault(
        row=78,
        name="just started, and Redis frozen",
        inject=inject.frozen,
        code="STARTING",
        state="down",
        redis_up=None,
        at_start=True,
        advised="wait",
    ),
    _fault(
        row=78,
        name="just started, and Redis stopped",
        inject=inject.killed,
        code="CONN_REFUSED",
        state="down",
        redis_up=0,
        at_start=True,
        within=2.5,
        advised="start redis-server",
    ),
)

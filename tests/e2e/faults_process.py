"""Faults of the process, and what is no fault of it."""

from __future__ import annotations

from tests.e2e import inject, inject_storage
from tests.e2e.lab import Fault, nothing

_DEBUG = {"enable-debug-command": "yes"}
#: What is told of the slow log is told for a minute; cleared, it is gone after one round.
_EAGER = ("--slowlog-interval", "1")

PROCESS = (
    Fault(
        name="killed",
        inject=inject.killed,
        code="CONN_REFUSED",
        state="down",
        within=1.5,
        told="nothing is listening",
    ),
    Fault(name="frozen", inject=inject.frozen, code="TIMEOUT", state="down", within=5.0),
    Fault(name="blip", inject=inject.blip(1.5), code=None, state="up"),
    Fault(name="noticed blip", inject=inject.noticed_blip, code=None, state="up"),
    Fault(
        name="asleep for 2 s",
        inject=inject.asleep(2),
        code="SLOW",
        state="degraded",
        arguments=_EAGER,
        config=_DEBUG,
        told="DEBUG SLEEP",
    ),
    Fault(
        name="asleep for 8 s",
        inject=inject.asleep(8),
        code="TIMEOUT",
        state="down",
        arguments=_EAGER,
        config=_DEBUG,
        seconds=15.0,
    ),
    Fault(
        name="endless script",
        inject=inject.endless_script,
        code="BUSY",
        state="down",
        arguments=_EAGER,
        config={"busy-reply-threshold": 300},
    ),
    Fault(
        name="restarted empty",
        inject=inject_storage.restarted_empty,
        code="RESTARTED_EMPTY",
        state="degraded",
        config=_DEBUG,
        recovers=False,
        told="1000 -> 0",
    ),
    Fault(name="blocked clients", inject=inject.blocked_clients, code=None, state="up"),
    Fault(name="fresh server", inject=nothing, code=None, state="up"),
)

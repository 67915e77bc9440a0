"""Faults of what the server executes, or holds back."""

from __future__ import annotations

from functools import partial

from tests.faults import inject, inject_execution
from tests.faults.fault import READS_ONLY, Fault, Group

_fault = partial(Fault, group=Group.EXECUTION)
#: What is told of the slow log is told for a minute; cleared, it is gone after one round.
_EAGER = ("--slowlog-interval", "1")
_BUSY_SOON = {"busy-reply-threshold": 300}

EXECUTION = (
    _fault(
        row=44,
        name="endless script",
        inject=inject_execution.endless_script,
        code="BUSY",
        state="down",
        arguments=_EAGER,
        config=_BUSY_SOON,
        advised="SCRIPT KILL",
    ),
    _fault(
        row=46,
        name="writes paused",
        inject=inject_execution.paused("WRITE", seconds=60),
        code="PAUSED_WRITE",
        state="down",
        arguments=("--check-write",),
        advised="CLIENT UNPAUSE",
    ),
    _fault(
        row=46,
        name="writes paused, writes are not required",
        inject=inject_execution.paused("WRITE", seconds=60),
        code="PAUSED_WRITE",
        state="degraded",
        arguments=("--check-write", *READS_ONLY),
        advised="CLIENT UNPAUSE",
    ),
    _fault(
        row=48,
        name="fifty blocked clients",
        inject=inject_execution.blocked_clients,
        code=None,
        state="up",
    ),
    _fault(
        name="endless script that has written",
        inject=inject_execution.endless_script_that_writes,
        code="BUSY",
        state="down",
        config=_BUSY_SOON,
        advised="one that has not written",
    ),
    _fault(
        name="everything paused",
        inject=inject_execution.paused("ALL", seconds=15),
        code="TIMEOUT",
        state="down",
        redis_up=0,
        advised="look for",
        seconds=45.0,
    ),
    _fault(
        name="INFO renamed",
        inject=inject.nothing,
        code="COMMAND_UNKNOWN",
        state="degraded",
        config={"rename-command": "INFO hidden"},
        at_start=True,
        recovers=False,
        told="INFO",
        advised="rename-command",
    ),
    _fault(
        name="CONFIG renamed",
        inject=inject.nothing,
        code=None,
        state="up",
        config={"rename-command": "CONFIG hidden"},
    ),
    _fault(
        name="PING renamed",
        inject=inject.nothing,
        code="COMMAND_UNKNOWN",
        state="degraded",
        config={"rename-command": "PING hidden"},
        at_start=True,
        recovers=False,
        told="PING",
        advised="rename-command",
    ),
)

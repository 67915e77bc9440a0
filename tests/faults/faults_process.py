"""Faults of the process: it dies, stands still, or comes back as another."""

from __future__ import annotations

from functools import partial

from tests.faults import inject, inject_process
from tests.faults.fault import Fault, Group

_fault = partial(Fault, group=Group.PROCESS)
_DEBUG = {"enable-debug-command": "yes"}
#: What is told of the slow log is told for a minute; cleared, it is gone after one round.
_EAGER = ("--slowlog-interval", "1")

PROCESS = (
    _fault(
        row=1,
        name="server killed",
        inject=inject.killed,
        code="CONN_REFUSED",
        state="down",
        redis_up=0,
        within=1.5,
        told="nothing is listening",
        advised="start redis-server",
    ),
    _fault(
        row=2,
        name="server frozen",
        inject=inject.frozen,
        code="TIMEOUT",
        state="down",
        redis_up=0,
        within=5.0,
        advised="kill -CONT",
        seconds=35.0,
    ),
    _fault(row=3, name="blip of 1.5 s", inject=inject.blip(1.5), code=None, state="up"),
    _fault(row=3, name="blip that a PING meets", inject=inject.noticed_blip, code=None, state="up"),
    _fault(
        name="stopped for two of every three seconds",
        inject=inject.again_and_again(stopped=2.2, runs=0.9),
        code="UNSTABLE",
        state="degraded",
        # The fourth blip within a minute is no accident any more.
        within=30.0,
        told="in the last minute",
        advised="CPU limit",
        # It is told for a minute.
        recovery=80.0,
        seconds=110.0,
    ),
    _fault(
        row=4,
        name="DEBUG SLEEP 2",
        inject=inject.asleep(2),
        code="SLOW",
        state="degraded",
        arguments=_EAGER,
        config=_DEBUG,
        told="DEBUG SLEEP",
        advised="SLOWLOG GET",
    ),
    _fault(
        row=4,
        name="DEBUG SLEEP 8",
        inject=inject.asleep(8),
        code="TIMEOUT",
        state="down",
        redis_up=0,
        arguments=_EAGER,
        config=_DEBUG,
        advised="one long command",
        seconds=25.0,
    ),
    _fault(
        row=5,
        name="crash loop on a corrupt RDB file",
        inject=inject_process.corrupt_file,
        code="CONN_REFUSED",
        state="down",
        redis_up=0,
        within=1.5,
        told="last seen at",
        advised="read the end of its log",
        config=_DEBUG,
    ),
    _fault(
        row=7,
        name="restarted without its data",
        inject=inject_process.restarted_empty,
        code="RESTARTED_EMPTY",
        state="degraded",
        config=_DEBUG,
        told="1000 -> 0",
        advised="restore before replicas",
        # It is told for five minutes.
        lasts=280.0,
        recovery=320.0,
        seconds=330.0,
    ),
    _fault(
        name="another server at the address, without the data",
        prepare=inject_process.with_a_stranger,
        inject=inject_process.another_server,
        code="RESTARTED_EMPTY",
        state="degraded",
        config=_DEBUG,
        told="another server answers",
        advised="restore before replicas",
        recovers=False,
        seconds=25.0,
    ),
    _fault(
        name="unix socket gone",
        prepare=inject_process.over_unix_socket,
        inject=inject_process.socket_gone,
        code="CONN_REFUSED",
        state="down",
        redis_up=0,
        within=1.5,
        told="no such socket",
        advised="start redis-server",
    ),
    _fault(
        name="server out of file descriptors",
        inject=inject_process.out_of_descriptors,
        code="TIMEOUT",
        state="down",
        redis_up=0,
        advised="ulimit -n",
        seconds=35.0,
    ),
)

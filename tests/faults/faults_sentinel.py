"""Faults that Sentinels know of, with the Redis or a Sentinel as what is watched."""

from __future__ import annotations

from functools import partial

from tests.faults import inject_sentinel
from tests.faults.fault import Fault, Group

_fault = partial(Fault, group=Group.SENTINEL)
_beside = partial(_fault, prepare=inject_sentinel.watched_by_sentinels)
_itself = partial(_fault, prepare=inject_sentinel.a_sentinel)

SENTINEL = (
    _beside(
        row=60,
        name="split brain, the old primary resumes after a failover",
        inject=inject_sentinel.split_brain,
        code="NOT_THE_PRIMARY",
        state="down",
        told="still accepts writes",
        advised="REPLICAOF",
        recovery=40.0,
        seconds=60.0,
    ),
    _beside(
        row=71,
        name="failover done, we are pinned to the old address",
        inject=inject_sentinel.failed_over,
        code="NOT_THE_PRIMARY",
        state="down",
        arguments=("--expect-role", "primary"),
        told="this server is a replica",
        advised="point the clients to",
        recovers=False,
        seconds=60.0,
    ),
    _beside(
        row=67,
        name="quorum of the Sentinels lost",
        inject=inject_sentinel.quorum_lost,
        code="NOQUORUM",
        state="degraded",
        told="no failover",
        advised="restart",
        seconds=40.0,
    ),
    _itself(
        row=67,
        name="quorum of the Sentinels lost, seen from the one that is left",
        inject=inject_sentinel.quorum_lost,
        code="NOQUORUM",
        state="degraded",
        advised="restart",
        seconds=40.0,
    ),
    _beside(
        row=68,
        name="Sentinel in TILT",
        inject=inject_sentinel.tilted,
        code="TILT",
        state="degraded",
        advised="wait 30 s",
        recovery=45.0,
        seconds=60.0,
    ),
    _itself(
        row=68,
        name="Sentinel in TILT, seen from itself",
        inject=inject_sentinel.tilted,
        code="TILT",
        state="degraded",
        advised="wait 30 s",
        recovery=60.0,
        seconds=70.0,
    ),
    _beside(
        row=69,
        name="primary dead, and no quorum to fail over",
        inject=inject_sentinel.primary_dead_without_quorum,
        code="SDOWN",
        state="down",
        redis_up=0,
        advised="restart the primary",
        seconds=40.0,
    ),
    _itself(
        row=69,
        name="primary dead and no quorum, seen from the Sentinel that is left",
        inject=inject_sentinel.primary_dead_without_quorum,
        code="SDOWN",
        state="down",
        advised="restart the primary",
        seconds=40.0,
    ),
    _beside(
        name="primary that the Sentinels name, made a replica of a stranger",
        inject=inject_sentinel.made_a_replica_of_a_stranger,
        code="NOT_THE_PRIMARY",
        state="down",
        told="is a replica of",
        advised="REPLICAOF NO ONE",
        recovery=40.0,
        seconds=40.0,
    ),
    _beside(
        name="primary dead and no replica to promote",
        inject=inject_sentinel.nobody_to_promote,
        code="SDOWN",
        state="down",
        redis_up=0,
        told="no replica",
        advised="restart the primary",
        recovery=60.0,
        seconds=60.0,
    ),
    _itself(
        name="primary dead and no replica to promote, seen from a Sentinel",
        inject=inject_sentinel.nobody_to_promote,
        code="SDOWN",
        state="down",
        told="no replica",
        advised="restart the primary",
        recovery=60.0,
        seconds=60.0,
    ),
)

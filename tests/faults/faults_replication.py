"""Faults between a primary and its replica."""

from __future__ import annotations

from functools import partial

from tests.faults import inject, inject_replication
from tests.faults.fault import READS_ONLY, Fault, Group

_fault = partial(Fault, group=Group.REPLICATION)
_LOADS_FROM_LINK: dict[str, str | int] = {
    "repl-diskless-load": "swapdb",
    # Or it answers nothing at all while it loads.
    "loading-process-events-interval-bytes": 1024,
}
_PROMOTE = "promote this replica"

REPLICATION = (
    _fault(
        row=49,
        name="primary killed, its replica goes on",
        prepare=inject_replication.replica(),
        inject=inject_replication.primary_killed(serves_stale=True),
        code="LINK_DOWN_STALE",
        state="degraded",
        told="serving stale data",
        advised=_PROMOTE,
        seconds=20.0,
    ),
    _fault(
        row=49,
        name="primary killed a minute ago, its replica goes on",
        prepare=inject_replication.replica(),
        inject=inject_replication.primary_killed(serves_stale=True),
        code="LINK_DOWN_STALE",
        state="down",
        # 60 s, and a round of INFO.
        within=68.0,
        told="older than allowed",
        advised=_PROMOTE,
        seconds=90.0,
    ),
    _fault(
        row=50,
        name="primary killed, its replica refuses stale reads",
        prepare=inject_replication.replica(),
        inject=inject_replication.primary_killed(serves_stale=False),
        code="MASTERDOWN",
        state="down",
        advised="bring the primary back",
        seconds=20.0,
    ),
    _fault(
        name="replica of a primary that was restarted without its data",
        prepare=inject_replication.replica_with_data,
        inject=inject_replication.primary_restarted_empty,
        code="RESTARTED_EMPTY",
        state="degraded",
        told="a full sync and keys went",
        advised="REPLICAOF NO ONE",
        within=15.0,
        seconds=25.0,
    ),
    _fault(
        row=51,
        name="replica that was never synchronised",
        inject=inject_replication.primary_unreachable,
        code="NEVER_SYNCED",
        state="down",
        advised="fix replicaof",
    ),
    _fault(
        row=53,
        name="first full synchronisation",
        inject=inject_replication.synchronising,
        code="SYNCING",
        state="down",
        at_start=True,
        config=_LOADS_FROM_LINK,
        told="full sync from",
        advised="never restart",
        seconds=40.0,
    ),
    _fault(
        row=55,
        name="loading anew beside the old data",
        prepare=inject_replication.replica(
            enable_debug_command="yes",
            repl_backlog_size="16kb",
            client_output_buffer_limit="replica 1mb 1mb 1",
        ),
        inject=inject_replication.loading_beside,
        code="ASYNC_LOADING",
        state="degraded",
        config=_LOADS_FROM_LINK,
        advised="wait",
        seconds=25.0,
    ),
    _fault(
        row=56,
        name="primary frozen, seen from its replica",
        prepare=inject_replication.replica(repl_ping_replica_period=1),
        inject=inject_replication.primary_frozen,
        code="PRIMARY_SILENT",
        state="degraded",
        # 20 s of silence, and a round of INFO.
        within=28.0,
        told="although link says up",
        advised="check the primary",
        seconds=45.0,
    ),
    _fault(
        row=58,
        name="too few replicas, writes are refused",
        inject=inject.configured(min_replicas_to_write=1),
        code="NOREPLICAS",
        state="down",
        told="1 required",
        advised="bring a replica back",
    ),
    _fault(
        row=58,
        name="too few replicas, writes are not required",
        inject=inject.configured(min_replicas_to_write=1),
        code="NOREPLICAS",
        state="degraded",
        arguments=READS_ONLY,
        told="1 required",
        advised="bring a replica back",
    ),
    _fault(
        row=59,
        name="expected primary became a replica",
        inject=inject_replication.demoted,
        code="ROLE_MISMATCH",
        state="down",
        arguments=("--expect-role", "primary"),
        advised="REPLICAOF NO ONE",
    ),
    _fault(
        name="replica frozen, its primary refuses writes for the lag",
        prepare=inject_replication.primary,
        inject=inject_replication.replica_frozen,
        code="NOREPLICAS",
        state="down",
        # The lag that is allowed, counted in whole seconds, and a round of INFO.
        within=2.0 + 1.0 + 7.6,
        advised="bring a replica back",
        seconds=25.0,
    ),
    _fault(
        name="replica, asked whether it takes writes",
        prepare=inject_replication.replica(),
        inject=inject.nothing,
        code=None,
        state="up",
        arguments=("--check-write",),
    ),
    _fault(
        name="replica with the wrong password for its primary",
        inject=inject_replication.primary_refuses,
        code="NEVER_SYNCED",
        state="down",
        at_start=True,
        # Now and then its attempts look like a synchronisation that begins.
        within=20.0,
        advised="masterauth",
    ),
    _fault(
        name="replica of a replica, whose primary is killed",
        prepare=inject_replication.replica_of_replica,
        inject=inject_replication.primary_killed(serves_stale=True),
        code="PRIMARY_SILENT",
        state="degraded",
        # 20 s of silence, and a round of INFO.
        within=28.0,
        told="although link says up",
        advised="check the primary",
        recovery=40.0,
        seconds=50.0,
    ),
    _fault(
        name="failover that waits for its replica",
        prepare=inject_replication.primary,
        inject=inject_replication.failover_waits,
        code="PAUSED_WRITE",
        state="down",
        told="a FAILOVER is under way",
        advised="FAILOVER ABORT",
        seconds=25.0,
    ),
    _fault(
        name="shutdown that waits for its replica",
        prepare=inject_replication.primary,
        inject=inject_replication.shutdown_waits,
        code="PAUSED_WRITE",
        state="down",
        config={"shutdown-timeout": 60},
        told="shuts down",
        advised="SHUTDOWN ABORT",
        seconds=25.0,
    ),
)

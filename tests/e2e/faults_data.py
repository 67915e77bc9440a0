"""Faults of the data set, its files and its copies."""

from __future__ import annotations

from tests.e2e import inject, inject_replication, inject_storage
from tests.e2e.lab import Fault

_DEBUG = {"enable-debug-command": "yes"}
_LOADS_FROM_LINK: dict[str, str | int] = {
    "repl-diskless-load": "swapdb",
    # Or it answers nothing at all while it loads.
    "loading-process-events-interval-bytes": 1024,
}

STORAGE = (
    Fault(
        name="loading",
        inject=inject_storage.loading,
        code="LOADING",
        state="down",
        config={
            **_DEBUG,
            "key-load-delay": 400,
            "loading-process-events-interval-bytes": 1024,
        },
        told="%",
    ),
    Fault(
        name="save failed",
        inject=inject_storage.full_disk(stops_writes=True),
        code="MISCONF_RDB",
        state="down",
        config={"save": "3600 100000"},
        told="writes",
    ),
    Fault(
        name="save failed, writes go on",
        inject=inject_storage.full_disk(stops_writes=False),
        code="BGSAVE_ERR",
        state="degraded",
        config={"save": "3600 100000"},
        told="1 change unsaved",
    ),
    Fault(
        name="AOF full",
        inject=inject_storage.full_append_only_file,
        code="MISCONF_AOF",
        state="down",
        config={"appendonly": "yes"},
    ),
    Fault(
        name="unsaved",
        inject=inject_storage.unsaved,
        code="UNSAVED",
        state="degraded",
        arguments=("--unsaved-age", "1"),
        within=10.0,
    ),
    Fault(
        name="out of memory",
        inject=inject_storage.out_of_memory,
        code="OOM",
        state="down",
        config=_DEBUG,
        told="noeviction",
    ),
    Fault(
        name="nearly out of memory",
        inject=inject_storage.nearly_out_of_memory,
        code="MEM_HIGH",
        state="degraded",
        config=_DEBUG,
        told="memory 92%",
    ),
    Fault(name="full cache", inject=inject_storage.full_cache, code=None, state="up"),
    Fault(
        name="writes paused",
        inject=inject_storage.writes_paused,
        code="PAUSED_WRITE",
        state="down",
        arguments=("--check-write",),
    ),
)
REPLICATION = (
    Fault(
        name="primary killed",
        inject=inject_replication.primary_killed(serves_stale=True),
        code="LINK_DOWN_STALE",
        state="degraded",
        seconds=20.0,
    ),
    Fault(
        name="primary killed long ago",
        inject=inject_replication.primary_killed(serves_stale=True),
        code="LINK_DOWN_STALE",
        state="down",
        arguments=("--replica-max-stale", "3"),
        within=12.0,
        seconds=20.0,
    ),
    Fault(
        name="primary killed, no stale reads",
        inject=inject_replication.primary_killed(serves_stale=False),
        code="MASTERDOWN",
        state="down",
        seconds=20.0,
    ),
    Fault(
        name="primary frozen",
        inject=inject_replication.primary_frozen,
        code="PRIMARY_SILENT",
        state="degraded",
        arguments=("--primary-silence", "4/2"),
        within=12.0,
        seconds=20.0,
    ),
    Fault(
        name="primary unreachable",
        inject=inject_replication.primary_unreachable,
        code="NEVER_SYNCED",
        state="down",
    ),
    Fault(
        name="demoted",
        inject=inject_replication.demoted,
        code="ROLE_MISMATCH",
        state="down",
        arguments=("--expect-role", "primary"),
    ),
    Fault(
        name="too few replicas",
        inject=inject.configured(min_replicas_to_write=1),
        code="NOREPLICAS",
        state="down",
    ),
    Fault(
        name="synchronising",
        inject=inject_replication.synchronising,
        code="SYNCING",
        state="down",
        config=_LOADS_FROM_LINK,
        seconds=20.0,
    ),
    Fault(
        name="loading beside",
        inject=inject_replication.loading_beside,
        code="ASYNC_LOADING",
        state="degraded",
        config=_LOADS_FROM_LINK,
        seconds=25.0,
    ),
)

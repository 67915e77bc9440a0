"""Faults of what is written to disk, and read from it."""

from __future__ import annotations

from functools import partial

from tests.faults import inject_storage
from tests.faults.fault import READS_ONLY, Fault, Group

_fault = partial(Fault, group=Group.PERSISTENCE)
_DEBUG = {"enable-debug-command": "yes"}
_SAVES = {"save": "3600 100000"}
_APPENDS = {"appendonly": "yes"}

PERSISTENCE = (
    _fault(
        row=30,
        name="loading its data",
        inject=inject_storage.loading,
        code="LOADING",
        state="down",
        config={
            **_DEBUG,
            "key-load-delay": 400,
            "rdbcompression": "no",
            "loading-process-events-interval-bytes": 1024,
        },
        told="%",
        advised="never restart",
    ),
    _fault(
        row=31,
        name="BGSAVE fails",
        inject=inject_storage.full_disk(stops_writes=True),
        code="MISCONF_RDB",
        state="down",
        config=_SAVES,
        told="writes",
        advised="do NOT restart",
    ),
    _fault(
        row=31,
        name="BGSAVE fails, writes are not required",
        inject=inject_storage.full_disk(stops_writes=True),
        code="MISCONF_RDB",
        state="degraded",
        arguments=READS_ONLY,
        config=_SAVES,
        told="writes",
        advised="do NOT restart",
    ),
    _fault(
        row=32,
        name="BGSAVE fails, writes go on",
        inject=inject_storage.full_disk(stops_writes=False),
        code="BGSAVE_ERR",
        state="degraded",
        config=_SAVES,
        told="1 change unsaved",
        advised="BGSAVE",
    ),
    _fault(
        row=34,
        name="disk of the AOF full",
        inject=inject_storage.full_append_only_file,
        code="MISCONF_AOF",
        state="down",
        config=_APPENDS,
        advised="free disk space",
    ),
    _fault(
        row=34,
        name="disk of the AOF full, writes are not required",
        inject=inject_storage.full_append_only_file,
        code="MISCONF_AOF",
        state="degraded",
        arguments=READS_ONLY,
        config=_APPENDS,
        advised="free disk space",
    ),
    _fault(
        row=37,
        name="not saved for too long",
        inject=inject_storage.unsaved,
        code="UNSAVED",
        state="degraded",
        arguments=("--unsaved-age", "1"),
        within=10.0,
        advised="BGSAVE",
    ),
    _fault(
        name="AOF rewrite fails",
        inject=inject_storage.failed_rewrite,
        code="AOF_REWRITE_ERR",
        state="degraded",
        config=_APPENDS,
        advised="BGREWRITEAOF",
    ),
    _fault(
        name="no memory to fork a BGSAVE",
        inject=inject_storage.no_fork,
        code="MISCONF_RDB",
        state="down",
        config=_SAVES,
        advised="cannot fork",
    ),
    _fault(
        name="directory of the server removed",
        prepare=inject_storage.own_directory,
        inject=inject_storage.no_directory,
        code="MISCONF_RDB",
        state="down",
        config={**_SAVES, "enable-protected-configs": "yes"},
        advised="redis-cli --rdb FILE",
    ),
    _fault(
        name="disk of the AOF fails",
        inject=inject_storage.broken_disk,
        code="MISCONF_AOF",
        state="down",
        config=_APPENDS,
        told="Input/output error",
        advised="CONFIG SET appendonly no, then yes",
    ),
    _fault(
        name="disk of the AOF slow",
        inject=inject_storage.slow_disk,
        code="AOF_FSYNC_SLOW",
        state="degraded",
        config=_APPENDS,
        advised="iostat",
        # It is told for a minute.
        recovery=85.0,
        seconds=90.0,
    ),
    _fault(
        name="disk of the AOF full, with appendfsync always",
        inject=inject_storage.append_only_file_ends_it,
        code="CONN_REFUSED",
        state="down",
        redis_up=0,
        config={**_APPENDS, "appendfsync": "always"},
        within=1.5,
        advised="read the end of its log",
    ),
)

"""When the alerts about memory, persistence and the keyspace fire."""

from __future__ import annotations

from tests.rules.scenario import Scenario

_NOEVICTION = 'redis_instance_info{role="master",maxmemory_policy="noeviction"}'
_LRU = 'redis_instance_info{role="master",maxmemory_policy="allkeys-lru"}'
_VOLATILE = 'redis_instance_info{role="master",maxmemory_policy="volatile-lru"}'
_REPLICA = 'redis_instance_info{role="slave",maxmemory_policy="noeviction"}'
_MIB = 2**20
_NO_LIMIT = {"redis_memory_max_bytes": "0x400", _NOEVICTION: "1x400"}


def _limited(used: int, info: str, **more: str) -> dict[str, str]:
    """``used`` per cent of 100 MiB."""
    return {
        "redis_memory_used_bytes": f"{used * _MIB}x400",
        "redis_memory_max_bytes": f"{100 * _MIB}x400",
        info: "1x400",
        **more,
    }


def _high(about: str, series: dict[str, str], *, fires: str | None = None) -> Scenario:
    told = (
        f"Redis uses {fires}B of memory: more than 900 MiB without a maxmemory, or 0.9 of a"
        " maxmemory that no eviction keeps."
    )
    return Scenario(
        alert="RedisHighMemoryUsage",
        about=about,
        series=series,
        silent=("285s",) if fires else ("20m",),
        fires=("5m",) if fires else (),
        description=told,
    )


def _filling(about: str, series: dict[str, str], *, fires: str | None = None) -> Scenario:
    return Scenario(
        alert="RedisMemoryFillingUp",
        about=about,
        series={"redis_uptime_in_seconds": "9000+60x180", **series},
        step="1m",
        silent=() if fires else ("3h",),
        fires=("2h",) if fires else (),
        description=(
            f"Going by the last hour, it will use {fires}B in 4 hours, which is more than there is."
        ),
    )


_MEMORY = (
    _high(
        "no limit, more than 900 MiB",
        {"redis_memory_used_bytes": f"{900 * _MIB + 1}x400", **_NO_LIMIT},
        fires="900Mi",
    ),
    _high("no limit, 900 MiB", {"redis_memory_used_bytes": f"{900 * _MIB}x400", **_NO_LIMIT}),
    _high("nothing else is known", {"redis_memory_used_bytes": "1e9x400"}, fires="953.7Mi"),
    _high("90 % of the limit", _limited(90, _NOEVICTION), fires="90Mi"),
    _high("89 % of the limit", _limited(89, _NOEVICTION)),
    _high(
        "90 % of the limit, 1 % of it in buffers that do not count",
        _limited(90, _NOEVICTION, redis_mem_not_counted_for_eviction_bytes=f"{_MIB}x400"),
    ),
    _high("a full cache", _limited(100, _LRU)),
    _high(
        "a full cache of 10 GiB",
        {
            "redis_memory_used_bytes": "10737418240x400",
            "redis_memory_max_bytes": "10737418240x400",
            _LRU: "1x400",
        },
    ),
    _high("a full replica", _limited(100, _REPLICA)),
    _high(
        "keys to evict",
        {**_limited(95, _VOLATILE), 'redis_db_keys_expiring{db="db0"}': "1x400"},
    ),
    _high(
        "no keys to evict",
        {**_limited(95, _VOLATILE), 'redis_db_keys_expiring{db="db0"}': "0x400"},
        fires="95Mi",
    ),
    _filling(
        "1 MiB a minute: 120 MiB after 2 h, 360 MiB 4 h later",
        {
            "redis_memory_used_bytes": f"0+{_MIB}x180",
            "redis_memory_max_bytes": f"{300 * _MIB}x180",
            _NOEVICTION: "1x180",
        },
        fires="360Mi",
    ),
    _filling(
        "the host's memory is the limit where there is no other",
        {
            "redis_memory_used_bytes": f"0+{_MIB}x180",
            "redis_memory_max_bytes": "0x180",
            "redis_total_system_memory_bytes": f"{300 * _MIB}x180",
        },
        fires="360Mi",
    ),
    _filling(
        "there is room for 420 MiB",
        {
            "redis_memory_used_bytes": f"0+{_MIB}x180",
            "redis_memory_max_bytes": f"{421 * _MIB}x180",
            _NOEVICTION: "1x180",
        },
    ),
    _filling(
        "a cache may fill up",
        {
            "redis_memory_used_bytes": f"0+{_MIB}x180",
            "redis_memory_max_bytes": f"{300 * _MIB}x180",
            "redis_total_system_memory_bytes": f"{300 * _MIB}x180",
            _LRU: "1x180",
        },
    ),
    Scenario(
        alert="RedisMemoryFillingUp",
        about="a server that has just loaded its data; then for 15 minutes",
        series={
            "redis_uptime_in_seconds": "0+60x180",
            "redis_memory_used_bytes": f"0+{_MIB}x180",
            "redis_memory_max_bytes": f"{200 * _MIB}x180",
            _NOEVICTION: "1x180",
        },
        step="1m",
        silent=("75m",),
        fires=("76m",),
        description=(
            "Going by the last hour, it will use 316MiB in 4 hours, which is more than there is."
        ),
    ),
    Scenario(
        alert="RedisMemoryFragmented",
        about="half as much again, and more than 100 MiB",
        series={
            "redis_memory_fragmentation_ratio": "1.5x200",
            "redis_mem_fragmentation_bytes": f"{100 * _MIB + 1}x200",
        },
        silent=("1785s",),
        fires=("30m",),
        description=(
            "The process takes 1.50 times the memory of its data (limit 1.5),"
            " and more than 100 MiB are lost."
        ),
    ),
    Scenario(
        alert="RedisMemoryFragmented",
        about="an empty server",
        series={
            "redis_memory_fragmentation_ratio": "13x200",
            "redis_mem_fragmentation_bytes": f"{100 * _MIB}x200",
        },
        silent=("45m",),
    ),
    Scenario(
        alert="RedisMemoryFragmented",
        about="a little",
        series={
            "redis_memory_fragmentation_ratio": "1.49x200",
            "redis_mem_fragmentation_bytes": "1e9x200",
        },
        silent=("45m",),
    ),
    Scenario(
        alert="RedisMemorySwapped",
        about="four fifths in memory",
        series={
            "redis_memory_used_rss_bytes": "800e6x100",
            "redis_memory_used_bytes": "1000e6x100",
        },
        silent=("585s",),
        fires=("10m",),
        description=(
            "Only 80% of the memory that Redis uses are in physical memory; commands wait for the"
            " disk."
        ),
    ),
    Scenario(
        alert="RedisMemorySwapped",
        about="a little more",
        series={
            "redis_memory_used_rss_bytes": "801e6x100",
            "redis_memory_used_bytes": "1000e6x100",
        },
        silent=("20m",),
    ),
    Scenario(
        alert="RedisMemorySwapped",
        about="a small server",
        series={"redis_memory_used_rss_bytes": "1e6x100", "redis_memory_used_bytes": "10e6x100"},
        silent=("20m",),
    ),
    Scenario(
        alert="RedisMemorySwapped",
        about="a backlog that was never written to",
        series={
            "redis_memory_used_rss_bytes": "10e6x100",
            "redis_memory_used_bytes": "304e6x100",
            "redis_mem_replication_backlog_bytes": "300e6x100",
        },
        silent=("20m",),
    ),
    Scenario(
        alert="RedisMemorySwapped",
        about="much beside the backlog",
        series={
            "redis_memory_used_rss_bytes": "800e6x100",
            "redis_memory_used_bytes": "1300e6x100",
            "redis_mem_replication_backlog_bytes": "300e6x100",
        },
        silent=("585s",),
        fires=("10m",),
        description=(
            "Only 80% of the memory that Redis uses are in physical memory; commands wait for the"
            " disk."
        ),
    ),
)

_HOST = (
    Scenario(
        alert="RedisHostMemoryFull",
        about="nine tenths of the host",
        series={
            "redis_memory_used_rss_bytes": "9e9x40",
            "redis_total_system_memory_bytes": "10e9x40",
        },
        silent=("45s",),
        fires=("1m",),
        description=(
            "90% of the host's memory are Redis (limit 0.9); the kernel may kill it, and a fork for"
            " a save will fail."
        ),
    ),
    Scenario(
        alert="RedisHostMemoryFull",
        about="a little less",
        series={
            "redis_memory_used_rss_bytes": "89e8x40",
            "redis_total_system_memory_bytes": "10e9x40",
        },
        silent=("5m",),
    ),
)

_RDB = {'redis_persistence_status{type="rdb"}': "1x200"}
#: A day before the first minute ends.
_SAVED = {"redis_rdb_last_save_timestamp_seconds": "-86340x200"}

_PERSISTENCE = (
    Scenario(
        alert="RedisPersistenceFailing",
        about="an AOF that cannot be written",
        series={'redis_persistence_status{type="aof"}': "0x20"},
        silent=("45s",),
        fires=("1m",),
        labels={"type": "aof"},
        description=(
            "The last aof save or write failed (status 0)."
            " What changed since then is lost if Redis stops."
        ),
    ),
    Scenario(alert="RedisPersistenceFailing", about="all is written", series=_RDB, silent=("10m",)),
    Scenario(
        alert="RedisAofRewriteFailing",
        about="the rewrite failed",
        series={"redis_aof_last_bgrewrite_status": "0x40", "redis_aof_enabled": "1x40"},
        silent=("285s",),
        fires=("5m",),
        description=(
            "The last rewrite of the append-only file failed (status 0);"
            " the file grows until the disk is full."
        ),
    ),
    Scenario(
        alert="RedisAofRewriteFailing",
        about="it did not matter, the AOF is off",
        series={"redis_aof_last_bgrewrite_status": "0x40", "redis_aof_enabled": "0x40"},
        silent=("10m",),
    ),
    Scenario(
        alert="RedisAofRewriteFailing",
        about="it went well",
        series={"redis_aof_last_bgrewrite_status": "1x40", "redis_aof_enabled": "1x40"},
        silent=("10m",),
    ),
    Scenario(
        alert="RedisBackupTooOld",
        about="changes that are a day old",
        series={**_RDB, **_SAVED, "redis_rdb_changes_since_last_save": "1x200"},
        silent=("345s",),
        fires=("6m",),
        description="Data have changed, and the last save was 1d 0h 5m 0s ago (limit 86400 s).",
    ),
    Scenario(
        alert="RedisBackupTooOld",
        about="nothing has changed",
        series={**_RDB, **_SAVED, "redis_rdb_changes_since_last_save": "0x200"},
        silent=("20m",),
    ),
    Scenario(
        alert="RedisBackupTooOld",
        about="RDB is off",
        series={**_SAVED, "redis_rdb_changes_since_last_save": "5x200"},
        silent=("20m",),
    ),
    Scenario(
        alert="RedisBackupTooOld",
        about="the AOF has it all",
        series={
            **_RDB,
            **_SAVED,
            "redis_rdb_changes_since_last_save": "5x200",
            "redis_aof_enabled": "1x200",
        },
        silent=("20m",),
    ),
    Scenario(
        alert="RedisAofDelayed",
        about="three waits in ten minutes, and some quiet",
        series={"redis_aof_delayed_fsync": "0x40 1x3 2x3 3x200"},
        silent=("13m", "40m"),
        fires=("795s", "25m"),
        description=(
            "Redis had to wait for fsync 3 times in 10 minutes; all clients wait meanwhile."
        ),
    ),
    Scenario(
        alert="RedisAofDelayed",
        about="one wait in ten minutes",
        series={"redis_aof_delayed_fsync": "0x40 1x200"},
        silent=("15m",),
    ),
)

_EMPTY = 'redis_health_reason{code="RESTARTED_EMPTY",check="keyspace",severity="degraded"}'

_KEYSPACE = (
    Scenario(
        alert="RedisRestartedEmpty",
        about="a store that keeps its data on disk; told for 15 minutes more",
        series={_EMPTY: "_x3 1x20 stale", 'redis_persistence_status{type="rdb"}': "1x200"},
        silent=("30s", "22m"),
        fires=("45s", "20m"),
        description=(
            "The server was replaced by one that has less than a tenth of the keys"
            " (1 reason RESTARTED_EMPTY). Its replicas will drop theirs too."
        ),
    ),
    Scenario(
        alert="RedisRestartedEmpty",
        about="a primary whose replicas have the data",
        series={_EMPTY: "1x20", "redis_connected_slaves": "1x20"},
        fires=("1m",),
        description=(
            "The server was replaced by one that has less than a tenth of the keys"
            " (1 reason RESTARTED_EMPTY). Its replicas will drop theirs too."
        ),
    ),
    Scenario(
        alert="RedisRestartedEmpty",
        about="a cache comes back empty",
        series={_EMPTY: "1x20", "redis_connected_slaves": "0x20"},
        silent=("2m",),
    ),
)

SCENARIOS = (*_MEMORY, *_HOST, *_PERSISTENCE, *_KEYSPACE)

"""Rows: memory, the keyspace, and what is written to disk."""

from __future__ import annotations

from deploy.grafana.panel import Kind, Needs, Panel, Query, Row, Unit

MEMORY = Row(
    title="Memory",
    panels=(
        Panel(
            title="Memory",
            description="What Redis uses, what the system gave it, and the limit maxmemory.",
            unit=Unit.BYTES,
            queries=(
                Query("redis_memory_used_bytes{*}", "{{instance}} used"),
                Query("redis_memory_used_rss_bytes{*}", "{{instance}} resident"),
                Query("redis_memory_max_bytes{*} > 0", "{{instance}} limit", needs=Needs.A_LIMIT),
            ),
        ),
        Panel(
            title="Part of maxmemory in use",
            description="At the line the verdict becomes degraded, unless eviction is the plan.",
            unit=Unit.RATIO,
            limit="memory_ratio",
            queries=(
                Query(
                    "redis_memory_used_bytes{*} / (redis_memory_max_bytes{*} > 0)",
                    needs=Needs.A_LIMIT,
                ),
            ),
        ),
        Panel(
            title="Forecast",
            description="Memory in four hours if it goes on as in the last hour, and memory now.",
            unit=Unit.BYTES,
            queries=(
                Query(
                    "clamp_min(predict_linear(redis_memory_used_bytes{*}[1h], 4 * 3600), 0)",
                    "{{instance}} in 4 h",
                ),
                Query("redis_memory_used_bytes{*}", "{{instance}} now"),
            ),
        ),
        Panel(
            title="Fragmentation",
            description="Resident over used memory; of no meaning while little memory is used.",
            limit="fragmentation_ratio",
            queries=(Query("redis_memory_fragmentation_ratio{*}"),),
        ),
        Panel(
            title="What memory is used for",
            description="Data, overhead of clients and tables, scripts.",
            unit=Unit.BYTES,
            stacked=True,
            queries=(
                Query("redis_memory_used_dataset_bytes{*}", "{{instance}} data"),
                Query("redis_memory_used_overhead_bytes{*}", "{{instance}} overhead"),
                Query("redis_memory_used_scripts_bytes{*}", "{{instance}} scripts"),
            ),
        ),
        Panel(
            title="Memory of clients",
            description="Buffers of ordinary clients and of replicas.",
            unit=Unit.BYTES,
            queries=(
                Query("redis_mem_clients_normal{*}", "{{instance}} clients"),
                Query("redis_mem_clients_slaves{*}", "{{instance}} replicas"),
            ),
        ),
    ),
)

KEYSPACE = Row(
    title="Keyspace",
    panels=(
        Panel(
            title="Keys",
            description="Keys by database, empty databases left out.",
            queries=(Query("redis_keys_total{*} > 0", "{{instance}} {{db}}"),),
        ),
        Panel(
            title="Keys with a time to live",
            description="The keys that expire by themselves, by database.",
            queries=(Query("redis_db_keys_expiring{*} > 0", "{{instance}} {{db}}"),),
        ),
        Panel(
            title="Hit ratio",
            description="Part of the lookups over 5 minutes that found their key.",
            unit=Unit.RATIO,
            maximum=1,
            queries=(Query("instance:redis_keyspace_hits:ratio_rate5m{*}"),),
        ),
        Panel(
            title="Expired and evicted keys",
            description="Evicted means that memory was full; with a cache that is as it should be.",
            unit=Unit.PER_SECOND,
            width=12,
            queries=(
                Query(
                    "rate(redis_keys_expired_total{*}[$__rate_interval])", "{{instance}} expired"
                ),
                Query(
                    "rate(redis_keys_evicted_total{*}[$__rate_interval])", "{{instance}} evicted"
                ),
            ),
        ),
        Panel(
            title="Hits and misses",
            description="Lookups that found their key, and lookups that did not.",
            unit=Unit.PER_SECOND,
            width=12,
            queries=(
                Query("rate(redis_keyspace_hits_total{*}[$__rate_interval])", "{{instance}} hits"),
                Query(
                    "rate(redis_keyspace_misses_total{*}[$__rate_interval])", "{{instance}} misses"
                ),
            ),
        ),
    ),
)

PERSISTENCE = Row(
    title="Persistence",
    panels=(
        Panel(
            title="Last save and last write",
            description="Whether the last RDB save and the last AOF write went well.",
            kind=Kind.STATES,
            queries=(Query("redis_persistence_status{*}", "{{instance}} {{type}}"),),
            mappings={"1": ("ok", "green"), "0": ("failed", "red")},
        ),
        Panel(
            title="Age of the last RDB save",
            description="A save at least every day is what RedisBackupTooOld asks for.",
            unit=Unit.SECONDS,
            queries=(Query("time() - redis_rdb_last_save_timestamp_seconds{*}"),),
        ),
        Panel(
            title="Changes since the last RDB save",
            description="What a crash would lose where there is no AOF.",
            queries=(Query("redis_rdb_changes_since_last_save{*}"),),
        ),
        Panel(
            title="Duration of saves",
            description="The last RDB save, the last AOF rewrite (none is -1) and the last fork.",
            unit=Unit.SECONDS,
            queries=(
                Query("redis_rdb_last_bgsave_duration_sec{*}", "{{instance}} save"),
                Query("redis_aof_last_rewrite_duration_sec{*}", "{{instance}} rewrite"),
                Query("redis_latest_fork_seconds{*}", "{{instance}} fork"),
            ),
        ),
        Panel(
            title="Copied on write",
            description="Memory that the last save needed beyond the data.",
            unit=Unit.BYTES,
            queries=(
                Query("redis_rdb_last_cow_size_bytes{*}", "{{instance}} save"),
                Query("redis_aof_last_cow_size_bytes{*}", "{{instance}} rewrite"),
            ),
        ),
        Panel(
            title="AOF is on",
            description="Whether every write goes to the append-only file.",
            kind=Kind.STATES,
            queries=(Query("redis_aof_enabled{*}"),),
            mappings={"1": ("on", "blue"), "0": ("off", "transparent")},
        ),
    ),
)

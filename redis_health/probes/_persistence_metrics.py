"""The table of INFO persistence."""

from __future__ import annotations

from redis_health.probes._tables import STATUS, counter, gauge, gauges

METRICS = (
    gauge("redis_rdb_last_bgsave_status", "persistence", "rdb_last_bgsave_status", values=STATUS),
    gauge(
        "redis_aof_last_bgrewrite_status", "persistence", "aof_last_bgrewrite_status", values=STATUS
    ),
    gauge("redis_aof_last_write_status", "persistence", "aof_last_write_status", values=STATUS),
    counter("redis_aof_rewrites_total", "persistence", "aof_rewrites"),
    gauge("redis_loading_loaded_ratio", "persistence", "loading_loaded_perc", scale=0.01),
    gauge("redis_current_fork_ratio", "persistence", "current_fork_perc", scale=0.01),
    *gauges(
        "persistence",
        {
            "redis_aof_base_size_bytes": "aof_base_size",
            "redis_aof_buffer_length": "aof_buffer_length",
            "redis_aof_current_rewrite_duration_sec": "aof_current_rewrite_time_sec",
            "redis_aof_current_size_bytes": "aof_current_size",
            "redis_aof_delayed_fsync": "aof_delayed_fsync",
            "redis_aof_enabled": "aof_enabled",
            "redis_aof_last_cow_size_bytes": "aof_last_cow_size",
            "redis_aof_last_rewrite_duration_sec": "aof_last_rewrite_time_sec",
            "redis_aof_pending_bio_fsync": "aof_pending_bio_fsync",
            "redis_aof_pending_rewrite": "aof_pending_rewrite",
            "redis_aof_rewrite_buffer_length": "aof_rewrite_buffer_length",
            "redis_aof_rewrite_in_progress": "aof_rewrite_in_progress",
            "redis_aof_rewrite_scheduled": "aof_rewrite_scheduled",
            "redis_aof_rewrites_consecutive_failures": "aof_rewrites_consecutive_failures",
            "redis_async_loading": "async_loading",
            "redis_current_cow_peak_bytes": "current_cow_peak",
            "redis_current_cow_size_age_seconds": "current_cow_size_age",
            "redis_current_cow_size_bytes": "current_cow_size",
            "redis_current_save_keys_expected": "current_save_keys_total",
            "redis_current_save_keys_processed": "current_save_keys_processed",
            "redis_loading_dump_file": "loading",
            "redis_loading_eta_seconds": "loading_eta_seconds",
            "redis_loading_expected_bytes": "loading_total_bytes",
            "redis_loading_loaded_bytes": "loading_loaded_bytes",
            "redis_loading_rdb_used_memory_bytes": "loading_rdb_used_mem",
            "redis_loading_start_time_seconds": "loading_start_time",
            "redis_module_fork_in_progress": "module_fork_in_progress",
            "redis_module_fork_last_cow_size": "module_fork_last_cow_size",
            "redis_rdb_bgsave_in_progress": "rdb_bgsave_in_progress",
            "redis_rdb_changes_since_last_save": "rdb_changes_since_last_save",
            "redis_rdb_current_bgsave_duration_sec": "rdb_current_bgsave_time_sec",
            "redis_rdb_last_bgsave_duration_sec": "rdb_last_bgsave_time_sec",
            "redis_rdb_last_cow_size_bytes": "rdb_last_cow_size",
            "redis_rdb_last_load_expired_keys": "rdb_last_load_keys_expired",
            "redis_rdb_last_load_loaded_keys": "rdb_last_load_keys_loaded",
            "redis_rdb_last_save_timestamp_seconds": "rdb_last_save_time",
            "redis_rdb_saves_total": "rdb_saves",
            "redis_slot_migration_fork_in_progress": "slot_migration_fork_in_progress",
        },
    ),
)

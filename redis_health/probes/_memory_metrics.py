"""The table of INFO memory."""

from __future__ import annotations

from redis_health.probes._tables import gauge, gauges

METRICS = (
    gauge("redis_memory_used_bytes", "memory", "used_memory"),
    gauge(
        "redis_memory_peak_bytes",
        "memory",
        "used_memory_peak",
        aliases=("redis_memory_used_peak_bytes",),
    ),
    gauge(
        "redis_memory_fragmentation_ratio",
        "memory",
        "mem_fragmentation_ratio",
        aliases=("redis_mem_fragmentation_ratio",),
    ),
    gauge("redis_memory_max_bytes", "memory", "maxmemory", aliases=("redis_config_maxmemory",)),
    *gauges(
        "memory",
        {
            "redis_active_defrag_running": "active_defrag_running",
            "redis_allocator_active_bytes": "allocator_active",
            "redis_allocator_allocated_bytes": "allocator_allocated",
            "redis_allocator_frag_bytes": "allocator_frag_bytes",
            "redis_allocator_frag_ratio": "allocator_frag_ratio",
            "redis_allocator_muzzy_bytes": "allocator_muzzy",
            "redis_allocator_resident_bytes": "allocator_resident",
            "redis_allocator_rss_bytes": "allocator_rss_bytes",
            "redis_allocator_rss_ratio": "allocator_rss_ratio",
            "redis_lazyfree_pending_objects": "lazyfree_pending_objects",
            "redis_lazyfreed_objects": "lazyfreed_objects",
            "redis_mem_aof_buffer_bytes": "mem_aof_buffer",
            "redis_mem_clients_normal": "mem_clients_normal",
            "redis_mem_clients_slaves": "mem_clients_slaves",
            "redis_mem_cluster_links_bytes": "mem_cluster_links",
            "redis_mem_cluster_slot_export_bytes": "mem_cluster_slot_export",
            "redis_mem_cluster_slot_import_bytes": "mem_cluster_slot_import",
            "redis_mem_fragmentation_bytes": "mem_fragmentation_bytes",
            "redis_mem_not_counted_for_eviction_bytes": "mem_not_counted_for_evict",
            "redis_mem_overhead_db_hashtable_rehashing_bytes": (
                "mem_overhead_db_hashtable_rehashing"
            ),
            "redis_mem_replica_full_sync_buffer_bytes": "mem_replica_full_sync_buffer",
            "redis_mem_replicas_buffer_bytes": "mem_replicas_repl_buffer",
            "redis_mem_replication_backlog_bytes": "mem_replication_backlog",
            "redis_mem_total_replication_buffers_bytes": "mem_total_replication_buffers",
            "redis_memory_max_fragmentation_reservation_bytes": (
                "maxfragmentationmemory_reservation"
            ),
            "redis_memory_max_fragmentation_reservation_desired_bytes": (
                "maxfragmentationmemory_desired_reservation"
            ),
            "redis_memory_max_reservation_bytes": "maxmemory_reservation",
            "redis_memory_max_reservation_desired_bytes": "maxmemory_desired_reservation",
            "redis_memory_used_dataset_bytes": "used_memory_dataset",
            "redis_memory_used_functions_bytes": "used_memory_functions",
            "redis_memory_used_lua_bytes": "used_memory_lua",
            "redis_memory_used_overhead_bytes": "used_memory_overhead",
            "redis_memory_used_peak_timestamp_seconds": "used_memory_peak_time",
            "redis_memory_used_rss_bytes": "used_memory_rss",
            "redis_memory_used_scripts_bytes": "used_memory_scripts",
            "redis_memory_used_scripts_eval_bytes": "used_memory_scripts_eval",
            "redis_memory_used_startup_bytes": "used_memory_startup",
            "redis_memory_used_vm_eval_bytes": "used_memory_vm_eval",
            "redis_memory_used_vm_functions_bytes": "used_memory_vm_functions",
            "redis_memory_used_vm_total": "used_memory_vm_total",
            "redis_number_of_cached_scripts": "number_of_cached_scripts",
            "redis_number_of_functions": "number_of_functions",
            "redis_number_of_libraries": "number_of_libraries",
            "redis_rss_overhead_bytes": "rss_overhead_bytes",
            "redis_rss_overhead_ratio": "rss_overhead_ratio",
            "redis_total_system_memory_bytes": "total_system_memory",
        },
    ),
    *gauges(
        "scripting engines",
        {
            "redis_scripting_engines": "engines_count",
            "redis_scripting_engines_memory_used_bytes": "engines_total_used_memory",
            "redis_scripting_engines_memory_overhead_bytes": "engines_total_memory_overhead",
        },
    ),
)

"""The tables of INFO stats and INFO cpu."""

from __future__ import annotations

from redis_health.probes._tables import counter, counters, gauge, gauges

_KIBI = 1024.0

METRICS = (
    counter("redis_commands_processed_total", "stats", "total_commands_processed"),
    gauge("redis_commands_per_second", "stats", "instantaneous_ops_per_sec"),
    counter(
        "redis_connections_rejected_total",
        "stats",
        "rejected_connections",
        aliases=("redis_rejected_connections_total",),
    ),
    counter(
        "redis_keys_evicted_total",
        "stats",
        "evicted_keys",
        aliases=("redis_evicted_keys_total",),
    ),
    counter(
        "redis_keys_expired_total",
        "stats",
        "expired_keys",
        aliases=("redis_expired_keys_total",),
    ),
    gauge("redis_latest_fork_seconds", "stats", "latest_fork_usec", scale=1e-6),
    *gauges(
        "stats",
        {
            "redis_instantaneous_input_bytes_per_second": "instantaneous_input_kbps",
            "redis_instantaneous_input_repl_bytes_per_second": "instantaneous_input_repl_kbps",
            "redis_instantaneous_output_bytes_per_second": "instantaneous_output_kbps",
            "redis_instantaneous_output_repl_bytes_per_second": "instantaneous_output_repl_kbps",
        },
        scale=_KIBI,
    ),
    counter("redis_active_defrag_seconds_total", "stats", "total_active_defrag_time", scale=1e-3),
    gauge("redis_current_active_defrag_seconds", "stats", "current_active_defrag_time", scale=1e-3),
    gauge(
        "redis_expired_volatile_items_stale_ratio",
        "stats",
        "expired_keys_with_volatile_items_stale_perc",
        scale=0.01,
    ),
    *gauges(
        "stats",
        {
            "redis_current_eviction_exceeded_time_ms": "current_eviction_exceeded_time",
            "redis_defrag_hits": "active_defrag_hits",
            "redis_defrag_key_hits": "active_defrag_key_hits",
            "redis_defrag_key_misses": "active_defrag_key_misses",
            "redis_defrag_misses": "active_defrag_misses",
            "redis_expired_stale_percentage": "expired_stale_perc",
            "redis_instantaneous_eventloop_cycles_per_sec": (
                "instantaneous_eventloop_cycles_per_sec"
            ),
            "redis_instantaneous_eventloop_duration_usec": "instantaneous_eventloop_duration_usec",
            "redis_migrate_cached_sockets_total": "migrate_cached_sockets",
            "redis_pubsub_channels": "pubsub_channels",
            "redis_pubsub_patterns": "pubsub_patterns",
            "redis_pubsubshard_channels": "pubsubshard_channels",
            "redis_tracking_total_items": "tracking_total_items",
            "redis_tracking_total_keys": "tracking_total_keys",
            "redis_tracking_total_prefixes": "tracking_total_prefixes",
        },
    ),
    *counters(
        "stats",
        {
            "redis_acl_access_denied_auth_total": "acl_access_denied_auth",
            "redis_acl_access_denied_channel_total": "acl_access_denied_channel",
            "redis_acl_access_denied_cmd_total": "acl_access_denied_cmd",
            "redis_acl_access_denied_db_total": "acl_access_denied_db",
            "redis_acl_access_denied_key_total": "acl_access_denied_key",
            "redis_acl_access_denied_tls_cert_total": "acl_access_denied_tls_cert",
            "redis_client_output_buffer_limit_disconnections_total": (
                "client_output_buffer_limit_disconnections"
            ),
            "redis_client_query_buffer_limit_disconnections_total": (
                "client_query_buffer_limit_disconnections"
            ),
            "redis_connections_received_total": "total_connections_received",
            "redis_dump_payload_sanitizations": "dump_payload_sanitizations",
            "redis_eventloop_cycles_total": "eventloop_cycles",
            "redis_eventloop_duration_cmd_sum_usec_total": "eventloop_duration_cmd_sum",
            "redis_eventloop_duration_sum_usec_total": "eventloop_duration_sum",
            "redis_evicted_clients_total": "evicted_clients",
            "redis_evicted_scripts_total": "evicted_scripts",
            "redis_eviction_exceeded_time_ms_total": "total_eviction_exceeded_time",
            "redis_expire_cycle_cpu_time_ms_total": "expire_cycle_cpu_milliseconds",
            "redis_expired_fields_total": "expired_fields",
            "redis_expired_subkeys_total": "expired_subkeys",
            "redis_expired_time_cap_reached_total": "expired_time_cap_reached_count",
            "redis_forks_total": "total_forks",
            "redis_io_threaded_accept_processed_total": "io_threaded_accept_processed",
            "redis_io_threaded_freed_objects_total": "io_threaded_freed_objects",
            "redis_io_threaded_poll_processed_total": "io_threaded_poll_processed",
            "redis_io_threaded_prefetch_batches_total": "io_threaded_total_prefetch_batches",
            "redis_io_threaded_prefetch_entries_total": "io_threaded_total_prefetch_entries",
            "redis_io_threaded_reads_processed": "io_threaded_reads_processed",
            "redis_io_threaded_writes_processed": "io_threaded_writes_processed",
            "redis_keyspace_hits_total": "keyspace_hits",
            "redis_keyspace_misses_total": "keyspace_misses",
            "redis_net_cluster_slot_export_bytes_total": "total_net_cluster_slot_export_bytes",
            "redis_net_cluster_slot_import_bytes_total": "total_net_cluster_slot_import_bytes",
            "redis_net_input_bytes_total": "total_net_input_bytes",
            "redis_net_output_bytes_total": "total_net_output_bytes",
            "redis_net_repl_input_bytes_total": "total_net_repl_input_bytes",
            "redis_net_repl_output_bytes_total": "total_net_repl_output_bytes",
            "redis_reply_buffer_expands_total": "reply_buffer_expands",
            "redis_reply_buffer_shrinks_total": "reply_buffer_shrinks",
            "redis_total_error_replies": "total_error_replies",
            "redis_total_reads_processed": "total_reads_processed",
            "redis_total_writes_processed": "total_writes_processed",
            "redis_unexpected_error_replies": "unexpected_error_replies",
        },
    ),
    *counters(
        "cpu",
        {
            "redis_active_time_main_thread_seconds_total": "used_active_time_main_thread",
            "redis_cpu_sys_children_seconds_total": "used_cpu_sys_children",
            "redis_cpu_sys_main_thread_seconds_total": "used_cpu_sys_main_thread",
            "redis_cpu_sys_seconds_total": "used_cpu_sys",
            "redis_cpu_user_children_seconds_total": "used_cpu_user_children",
            "redis_cpu_user_main_thread_seconds_total": "used_cpu_user_main_thread",
            "redis_cpu_user_seconds_total": "used_cpu_user",
        },
    ),
)

"""The table of what the Bloom, JSON and search modules add to INFO, by the field's own name."""

from __future__ import annotations

from redis_health.probes._tables import counters, gauges

METRICS = (
    *gauges(
        "modules",
        {
            "redis_bf_bloom_capacity_across_objects": "bf_bloom_capacity_across_objects",
            "redis_bf_bloom_num_filters_across_objects": "bf_bloom_num_filters_across_objects",
            "redis_bf_bloom_num_items_across_objects": "bf_bloom_num_items_across_objects",
            "redis_bf_bloom_num_objects": "bf_bloom_num_objects",
            "redis_bf_bloom_total_memory_bytes": "bf_bloom_total_memory_bytes",
            "redis_json_num_documents": "json_num_documents",
            "redis_json_total_memory_bytes": "json_total_memory_bytes",
            "redis_search_collected_bytes": "search_bytes_collected",
            "redis_search_dialect_1": "search_dialect_1",
            "redis_search_dialect_2": "search_dialect_2",
            "redis_search_dialect_3": "search_dialect_3",
            "redis_search_dialect_4": "search_dialect_4",
            "redis_search_errors_indexing_failures": "search_errors_indexing_failures",
            "redis_search_gc_collected_bytes": "search_gc_bytes_collected",
            "redis_search_gc_marked_deleted_vectors": "search_gc_marked_deleted_vectors",
            "redis_search_gc_total_docs_not_collected": "search_gc_total_docs_not_collected",
            "redis_search_global_idle": "search_global_idle",
            "redis_search_global_idle_internal": "search_global_idle_internal",
            "redis_search_global_idle_user": "search_global_idle_user",
            "redis_search_global_total": "search_global_total",
            "redis_search_global_total_internal": "search_global_total_internal",
            "redis_search_global_total_user": "search_global_total_user",
            "redis_search_largest_memory_index_bytes": "search_largest_memory_index",
            "redis_search_number_of_active_indexes": "search_number_of_active_indexes",
            "redis_search_number_of_active_indexes_indexing": (
                "search_number_of_active_indexes_indexing"
            ),
            "redis_search_number_of_active_indexes_running_queries": (
                "search_number_of_active_indexes_running_queries"
            ),
            "redis_search_number_of_attributes": "search_number_of_attributes",
            "redis_search_number_of_indexes": "search_number_of_indexes",
            "redis_search_query_queue_size": "search_query_queue_size",
            "redis_search_smallest_memory_index_bytes": "search_smallest_memory_index",
            "redis_search_string_interning_store_size": "search_string_interning_store_size",
            "redis_search_total_active_write_threads": "search_total_active_write_threads",
            "redis_search_total_indexed_documents": "search_total_indexed_documents",
            "redis_search_total_num_docs_in_indexes": "search_total_num_docs_in_indexes",
            "redis_search_used_memory_bytes": "search_used_memory_bytes",
            "redis_search_used_memory_indexes_bytes": "search_used_memory_indexes",
            "redis_search_used_memory_vector_index_bytes": "search_used_memory_vector_index",
            "redis_search_vector_externing_hash_extern_errors": (
                "search_vector_externing_hash_extern_errors"
            ),
            "redis_search_vector_externing_num_lru_entries": (
                "search_vector_externing_num_lru_entries"
            ),
            "redis_search_writer_queue_size": "search_writer_queue_size",
        },
    ),
    *counters(
        "modules",
        {
            "redis_bf_bloom_defrag_hits_total": "bf_bloom_defrag_hits",
            "redis_bf_bloom_defrag_misses_total": "bf_bloom_defrag_misses",
            "redis_search_active_queries_total": "search_total_active_queries",
            "redis_search_cycles_total": "search_total_cycles",
            "redis_search_failure_requests_count": "search_failure_requests_count",
            "redis_search_gc_cycles_total": "search_gc_total_cycles",
            "redis_search_gc_run_ms_total": "search_gc_total_ms_run",
            "redis_search_hnsw_add_exceptions_count": "search_hnsw_add_exceptions_count",
            "redis_search_hnsw_create_exceptions_count": "search_hnsw_create_exceptions_count",
            "redis_search_hnsw_modify_exceptions_count": "search_hnsw_modify_exceptions_count",
            "redis_search_hnsw_remove_exceptions_count": "search_hnsw_remove_exceptions_count",
            "redis_search_hnsw_search_exceptions_count": "search_hnsw_search_exceptions_count",
            "redis_search_hybrid_requests_count": "search_hybrid_requests_count",
            "redis_search_indexing_time_ms_total": "search_total_indexing_time",
            "redis_search_inline_filtering_requests_count": (
                "search_inline_filtering_requests_count"
            ),
            "redis_search_queries_processed_total": "search_total_queries_processed",
            "redis_search_query_commands_total": "search_total_query_commands",
            "redis_search_query_execution_time_ms_total": "search_total_query_execution_time_ms",
            "redis_search_rdb_load_failure_count": "search_rdb_load_failure_cnt",
            "redis_search_rdb_load_success_count": "search_rdb_load_success_cnt",
            "redis_search_rdb_save_failure_count": "search_rdb_save_failure_cnt",
            "redis_search_rdb_save_success_count": "search_rdb_save_success_cnt",
            "redis_search_reader_resumed_count": "search_reader_resumed_cnt",
            "redis_search_run_ms_total": "search_total_ms_run",
            "redis_search_successful_requests_count": "search_successful_requests_count",
            "redis_search_vector_externing_deferred_entry_count": (
                "search_vector_externing_deferred_entry_cnt"
            ),
            "redis_search_vector_externing_entry_count": "search_vector_externing_entry_count",
            "redis_search_vector_externing_generated_value_count": (
                "search_vector_externing_generated_value_cnt"
            ),
            "redis_search_vector_externing_lru_promote_count": (
                "search_vector_externing_lru_promote_cnt"
            ),
            "redis_search_worker_pool_suspend_count": "search_worker_pool_suspend_cnt",
            "redis_search_writer_resumed_count": "search_writer_resumed_cnt",
            "redis_search_writer_suspension_expired_count": "search_writer_suspension_expired_cnt",
        },
    ),
)

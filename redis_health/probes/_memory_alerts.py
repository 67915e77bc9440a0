"""Alerts about memory: none for a cache that is full and evicts, as it should."""

from __future__ import annotations

from redis_health.model import Alert, Recording, Setting, Urgency

ALERT_MEMORY = Setting(
    name="alert_memory_mib",
    default=900,
    low=1,
    high=2**30,
    help="Memory in use, in MiB, to alert on where maxmemory is not set.",
)

RECORDINGS = (
    Recording(
        record="instance:redis_memory_hard_limit:bytes",
        # A cache that may evict is allowed to be full, and a replica leaves that to its primary.
        expr=(
            "redis_memory_max_bytes > 0\n"
            "unless on (job, instance) (\n"
            '  redis_instance_info{maxmemory_policy=~"allkeys-.+"}\n'
            '  or redis_instance_info{role="slave"}\n'
            '  or redis_instance_info{maxmemory_policy=~"volatile-.+"}\n'
            "    and on (job, instance) sum by (job, instance) (redis_db_keys_expiring) > 0\n"
            ")"
        ),
    ),
)

ALERTS = (
    Alert(
        name="RedisHighMemoryUsage",
        expr=(
            "redis_memory_used_bytes > {alert_memory_mib} * 1024 * 1024\n"
            "  unless redis_memory_max_bytes > 0\n"
            "or\n"
            "(redis_memory_used_bytes - redis_mem_not_counted_for_eviction_bytes\n"
            "  or redis_memory_used_bytes)\n"
            "  >= {memory_ratio} * instance:redis_memory_hard_limit:bytes"
        ),
        severity=Urgency.WARNING,
        for_=300,
        keep_firing_for=300,
        summary="Redis high memory usage on {{ $labels.instance }}",
        description=(
            "Redis uses {{ $value | humanize1024 }}B of memory: more than {alert_memory_mib} MiB"
            " without a maxmemory, or {memory_ratio} of a maxmemory that no eviction keeps."
        ),
    ),
    Alert(
        name="RedisMemoryFillingUp",
        expr=(
            "predict_linear(redis_memory_used_bytes[1h], 4 * 3600) > (\n"
            "  instance:redis_memory_hard_limit:bytes\n"
            "  or redis_total_system_memory_bytes unless redis_memory_max_bytes > 0\n"
            ")\n"
            "and redis_uptime_in_seconds > 3600"
        ),
        severity=Urgency.WARNING,
        for_=900,
        keep_firing_for=900,
        summary="Redis will be out of memory within 4 hours on {{ $labels.instance }}",
        description=(
            "Going by the last hour, it will use {{ $value | humanize1024 }}B in 4 hours,"
            " which is more than there is."
        ),
    ),
    Alert(
        name="RedisMemoryFragmented",
        expr=(
            "redis_memory_fragmentation_ratio >= {fragmentation_ratio}\n"
            "and redis_mem_fragmentation_bytes > 100 * 1024 * 1024"
        ),
        severity=Urgency.INFO,
        for_=1800,
        keep_firing_for=900,
        summary="Redis memory is fragmented on {{ $labels.instance }}",
        description=(
            'The process takes {{ $value | printf "%.2f" }} times the memory of its data'
            " (limit {fragmentation_ratio}), and more than 100 MiB are lost."
        ),
    ),
    Alert(
        name="RedisMemorySwapped",
        expr=(
            # Redis 6 counts the whole backlog as used, be it written to or not.
            "redis_memory_used_rss_bytes / (\n"
            "  (redis_memory_used_bytes - redis_mem_replication_backlog_bytes\n"
            "    or redis_memory_used_bytes) > 100 * 1024 * 1024\n"
            ") <= {resident_ratio}"
        ),
        severity=Urgency.WARNING,
        for_=600,
        keep_firing_for=300,
        summary="Redis is swapped out on {{ $labels.instance }}",
        description=(
            "Only {{ $value | humanizePercentage }} of the memory that Redis uses are in"
            " physical memory; commands wait for the disk."
        ),
    ),
    Alert(
        name="RedisHostMemoryFull",
        expr="redis_memory_used_rss_bytes / redis_total_system_memory_bytes >= {host_memory_ratio}",
        severity=Urgency.WARNING,
        for_=60,
        keep_firing_for=300,
        summary="Redis takes nearly all memory of its host on {{ $labels.instance }}",
        description=(
            "{{ $value | humanizePercentage }} of the host's memory are Redis (limit"
            " {host_memory_ratio}); the kernel may kill it, and a fork for a save will fail."
        ),
    ),
)

"""What a Sentinel says of itself and of the primaries that it watches, as metrics."""

from __future__ import annotations

from redis_health.model import Metric
from redis_health.probes._tables import counter, gauge, gauges

#: Of the Sentinel itself.
METRICS = (
    *gauges(
        "sentinel",
        {
            "redis_sentinel_masters": "sentinel_masters",
            "redis_sentinel_tilt": "sentinel_tilt",
            "redis_sentinel_running_scripts": "sentinel_running_scripts",
            "redis_sentinel_scripts_queue_length": "sentinel_scripts_queue_length",
            "redis_sentinel_simulate_failure_flags": "sentinel_simulate_failure_flags",
        },
    ),
    gauge("redis_sentinel_tilt_since_seconds", "sentinel", "sentinel_tilt_since_seconds"),
    counter("redis_sentinel_tilts_total", "sentinel", "sentinel_total_tilt"),
)

_PRIMARY = ("master_name", "master_address")


def _of_primary(name: str, source: str) -> Metric:
    return Metric(name=f"redis_sentinel_master_{name}", help=f"{source}.", labels=_PRIMARY)


#: From the ``masterN`` lines of INFO, by their pair.
FROM_INFO = {
    "slaves": _of_primary("slaves", "INFO sentinel: masterN slaves"),
    "sentinels": _of_primary("sentinels", "INFO sentinel: masterN sentinels, this one included"),
}
STATUS = Metric(
    name="redis_sentinel_master_status",
    help="INFO sentinel: masterN status; 1 is ok.",
    labels=(*_PRIMARY, "master_status"),
)
#: From SENTINEL MASTERS, by field, with the factor into the unit that the name tells.
FROM_MASTERS = {
    field: (_of_primary(name, f"SENTINEL MASTERS: {field}"), scale)
    for field, name, scale in (
        ("quorum", "setting_ckquorum", 1.0),
        ("failover-timeout", "setting_failover_timeout", 1.0),
        ("parallel-syncs", "setting_parallel_syncs", 1.0),
        ("down-after-milliseconds", "setting_down_after_milliseconds", 1.0),
        ("config-epoch", "config_epoch", 1.0),
        ("last-ok-ping-reply", "last_ok_ping_reply_seconds", 0.001),
    )
}
OK_SENTINELS = _of_primary(
    "ok_sentinels", "SENTINEL SENTINELS: those that are not down, this one included"
)
OK_SLAVES = _of_primary("ok_slaves", "SENTINEL SLAVES: those that are not down")
CKQUORUM = Metric(
    name="redis_sentinel_master_ckquorum_status",
    help="SENTINEL CKQUORUM: 1 is ok, with the answer as a label.",
    labels=("master_name", "message"),
)
ALL = (
    *METRICS,
    *FROM_INFO.values(),
    STATUS,
    *(metric for metric, _ in FROM_MASTERS.values()),
    OK_SENTINELS,
    OK_SLAVES,
    CKQUORUM,
)

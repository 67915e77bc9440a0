"""A Monitor for each target: probes run, the verdict is kept, metrics are rendered."""

from redis_health.monitor.ledger import Listener
from redis_health.monitor.loopwatch import LoopWatch
from redis_health.monitor.monitor import Monitor
from redis_health.monitor.pool import ScrapePool
from redis_health.monitor.watchdog import watchdog

__all__ = ["Listener", "LoopWatch", "Monitor", "ScrapePool", "watchdog"]

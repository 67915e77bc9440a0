"""A Monitor for each target: probes run, the verdict is kept, metrics are rendered."""

from redis_health.monitor.ledger import Listener
from redis_health.monitor.monitor import Monitor
from redis_health.monitor.pool import ScrapePool

__all__ = ["Listener", "Monitor", "ScrapePool"]

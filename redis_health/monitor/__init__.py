"""A Monitor for each target: probes run, the verdict is kept, metrics are rendered."""

from redis_health.monitor.monitor import Listener, Monitor

__all__ = ["Listener", "Monitor"]

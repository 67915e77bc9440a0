"""The HTTP surface: every answer comes from memory.

No request waits for Redis but the first one to /scrape for a target.
"""

from redis_health.web.app import create_app
from redis_health.web.server import serving
from redis_health.web.service import Service
from redis_health.web.sockets import bind

__all__ = ["Service", "bind", "create_app", "serving"]

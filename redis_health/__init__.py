"""redis-health: a sidecar that tells the truth about a Redis or Valkey server."""

__version__ = "0.1.0"

"""What ``redis-health acl`` allows by default, in the form of the files here."""

from __future__ import annotations

from redis_health.cli.acl import rights
from redis_health.config import load
from redis_health.model import Server
from redis_health.probes import catalogue


def default_rights() -> set[str]:
    """The rules for a Redis of version 7 and the probes that run unasked."""
    return set(rights(load(catalogue(), flags={}, environ={}), server=Server.REDIS, cluster=False))

"""The metrics of a target as a scrape sees them."""

from redis_health.exposition.families import SnapshotCollector, families
from redis_health.exposition.negotiation import accepts_gzip, negotiate
from redis_health.exposition.page import Exposition
from redis_health.exposition.writer import Format, render

__all__ = [
    "Exposition",
    "Format",
    "SnapshotCollector",
    "accepts_gzip",
    "families",
    "negotiate",
    "render",
]

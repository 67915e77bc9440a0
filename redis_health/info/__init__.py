"""INFO: from the server's text to fields, numbers and samples."""

from redis_health.info.numbers import count, number
from redis_health.info.parse import MAX_LINES, parse_info, parse_pairs
from redis_health.info.samples import samples, scaled

__all__ = [
    "MAX_LINES",
    "count",
    "number",
    "parse_info",
    "parse_pairs",
    "samples",
    "scaled",
]

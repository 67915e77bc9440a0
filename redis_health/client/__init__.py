"""The conversation with Redis: connections, deadlines, one INFO a round, refusals remembered."""

from redis_health.client.deadline import Deadline
from redis_health.client.reader import RoundReader
from redis_health.client.session import Session

__all__ = ["Deadline", "RoundReader", "Session"]

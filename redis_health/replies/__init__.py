"""One taxonomy for what goes wrong between us and Redis: error replies and exceptions alike."""

from redis_health.replies import conditions
from redis_health.replies.errors_of_redis import condition_of, failure_of_reply
from redis_health.replies.errors_of_transport import (
    NotResp,
    Phase,
    SpokeUnasked,
    failure_of_exception,
    failure_of_nonsense,
    failure_of_silence,
    is_pong,
    own_fault,
    plaintext_port,
    tls_port,
)

__all__ = [
    "NotResp",
    "Phase",
    "SpokeUnasked",
    "condition_of",
    "conditions",
    "failure_of_exception",
    "failure_of_nonsense",
    "failure_of_reply",
    "failure_of_silence",
    "is_pong",
    "own_fault",
    "plaintext_port",
    "tls_port",
]

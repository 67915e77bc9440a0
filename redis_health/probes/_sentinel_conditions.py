"""What can be wrong with the Sentinels themselves, whoever tells of it."""

from __future__ import annotations

from redis_health.model import Capability, Condition, Finding
from redis_health.probes._words import plural

TILT = Condition(
    code="TILT",
    summary="the Sentinel does not trust its own clock and acts on nothing",
    advice="wait 30 s; if it comes back, check the host's clock and pauses of its VM",
)
NOQUORUM = Condition(
    code="NOQUORUM",
    summary="too few Sentinels are left to fail over",
    advice="restart the missing Sentinels; SENTINEL SENTINELS NAME lists them",
    explains=frozenset({"SENTINELS_LOST"}),
)
SDOWN = Condition(
    code="SDOWN",
    summary="the Sentinels do not reach a primary; down where they cannot fail over either",
    advice="restart the primary, or see in the Sentinel's log why no failover happens",
    lost=frozenset({Capability.READ, Capability.WRITE}),
)


def no_quorum(primary: str, sentinels: int, quorum: int) -> Finding | None:
    """What is wrong with a quorum that is larger than the number of Sentinels; None of another."""
    if quorum <= sentinels:
        return None
    return NOQUORUM.found(
        f"primary {primary} has a quorum of {quorum} and {plural(sentinels, 'sentinel')}:"
        " no failover is possible",
        advice=f"start more Sentinels (SENTINEL SENTINELS {primary} lists those that are known), or"
        f" SENTINEL SET {primary} quorum N on each of them",
    )

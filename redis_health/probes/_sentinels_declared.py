"""What the Sentinels around a Redis may find wrong with it, and with themselves."""

from __future__ import annotations

from redis_health.model import Capability, Condition, Metric, Threshold

_SERVE = frozenset({Capability.READ, Capability.WRITE})

NOT_THE_PRIMARY = Condition(
    code="NOT_THE_PRIMARY",
    summary="the Sentinels name another server as the primary: what is written here will be lost",
    advice="send the clients to the primary: SENTINEL GET-MASTER-ADDR-BY-NAME NAME",
    lost=_SERVE,
    explains=frozenset({"ROLE_MISMATCH"}),
)
FOLLOWS_ANOTHER = Condition(
    code="FOLLOWS_ANOTHER",
    summary="a replica follows another server than the primary that the Sentinels name",
    advice="REPLICAOF the primary: SENTINEL GET-MASTER-ADDR-BY-NAME NAME",
)
SENTINELS_LOST = Condition(
    code="SENTINELS_LOST",
    summary="a Sentinel does not answer this service",
    advice="restart it, or correct the addresses and the login that this service has for it",
)
SENTINEL_NAME = Condition(
    code="SENTINEL_NAME",
    summary="it is not known which of the primaries that the Sentinels watch is meant",
    advice="set REDIS_HEALTH_SENTINEL_MASTER; SENTINEL MASTERS lists the names",
)
FOLLOWS_ANOTHER_FOR = Threshold(
    name="follows_another",
    condition=FOLLOWS_ANOTHER,
    enter=30.0,
    unit="seconds",
    help="Time for which a replica follows another server than the Sentinels name.",
)

_SENTINEL = ("sentinel",)
UP = Metric(
    name="redis_health_sentinel_up",
    help="1 where the Sentinel answers this service.",
    labels=_SENTINEL,
)
AGREES = Metric(
    name="redis_health_sentinel_agrees",
    help="1 where the primary that the Sentinel names is this server, or the one that it follows.",
    labels=_SENTINEL,
)
USABLE = Metric(
    name="redis_health_sentinels_usable",
    help="Sentinels that can take part in a failover, as far as is known here.",
)
METRICS = (UP, AGREES, USABLE)
CONDITIONS = (NOT_THE_PRIMARY, FOLLOWS_ANOTHER, SENTINELS_LOST, SENTINEL_NAME)

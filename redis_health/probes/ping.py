"""PING: whether Redis answers, and how fast."""

from __future__ import annotations

from collections.abc import Iterable

from redis_health.model import (
    Alert,
    Capability,
    Command,
    Condition,
    Fact,
    Item,
    Probe,
    Reader,
    Threshold,
    Urgency,
)
from redis_health.probes._replies import items
from redis_health.probes._roundtrip import LATENCY, latency, median
from redis_health.probes._tables import EVERYWHERE

_KEPT = 10
_ENOUGH = 5

SLOW = Condition(
    code="SLOW",
    summary="PING takes long",
    advice="read SLOWLOG GET 10; when it is empty, LATENCY DOCTOR (fork, a disk under appendfsync"
    " always), and else the delay is in the network",
    explains=frozenset({"SLOW_CONNECT"}),
)
PING_LATENCY = Threshold(
    name="ping_latency",
    condition=SLOW,
    enter=0.1,
    leave=0.05,
    unit="seconds",
    help="Median round trip of the last 10 PINGs.",
)


ALERTS = (
    Alert(
        name="RedisPingSlow",
        expr=(
            'quantile_over_time(0.5, redis_latency_seconds{operation="ping"}[5m]) >= {ping_latency}'
        ),
        severity=Urgency.WARNING,
        for_=120,
        keep_firing_for=120,
        summary="Redis answers PING slowly on {{ $labels.instance }}",
        description=(
            "The median round trip of PING over 5 minutes is {{ $value | humanizeDuration }}"
            " (limit {ping_latency} s)."
        ),
    ),
)


async def collect(reader: Reader) -> Iterable[Item]:
    """One PING with a round trip of its own, so that nothing else inflates it."""
    _, seconds = await reader.timed("PING")
    kept = [kept for kept in items(reader.last.get("latencies")) if isinstance(kept, float)]
    latencies = (*kept, seconds)[-_KEPT:]
    result: list[Item] = [
        latency("ping", seconds),
        Fact("latencies", latencies),
        Fact("latency", seconds),
    ]
    if len(latencies) >= _ENOUGH:
        middle = median(latencies)
        message = f"PING median {middle * 1000:.0f} ms over the last {len(latencies)}"
        result.append(PING_LATENCY.read(middle, message))
    return result


PROBE = Probe(
    name="ping",
    summary="whether Redis answers, and how fast",
    interval=1.0,
    timeout=1.0,
    collect=collect,
    commands=(Command("PING", "about 1 µs", on=EVERYWHERE),),
    metrics=(LATENCY,),
    thresholds=(PING_LATENCY,),
    conditions=(SLOW,),
    alerts=ALERTS,
    observes=frozenset({Capability.READ}),
)

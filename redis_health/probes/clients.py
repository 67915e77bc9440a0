"""INFO clients: connections, and pauses put on them."""

from __future__ import annotations

from collections.abc import Iterable

from redis_health.info import count, number, samples
from redis_health.model import (
    Alert,
    Capability,
    Condition,
    Fact,
    InfoReply,
    Item,
    Probe,
    Reader,
    Setting,
    Threshold,
    Urgency,
)
from redis_health.probes._server import is_primary
from redis_health.probes._tables import INFO_COMMAND, gauge, gauges
from redis_health.probes._words import duration

METRICS = (
    gauge(
        "redis_connections_current",
        "clients",
        "connected_clients",
        aliases=("redis_connections", "redis_connected_clients"),
    ),
    gauge("redis_max_clients", "clients", "maxclients", aliases=("redis_config_maxclients",)),
    gauge(
        "redis_clients_paused",
        "clients",
        "paused_actions",
        values={"none": 0.0, "write": 1.0, "all": 1.0},
    ),
    gauge(
        "redis_clients_pause_left_seconds", "clients", "paused_timeout_milliseconds", scale=0.001
    ),
    *gauges(
        "clients",
        {
            "redis_blocked_clients": "blocked_clients",
            "redis_client_biggest_input_buf": "client_biggest_input_buf",
            "redis_client_longest_output_list": "client_longest_output_list",
            "redis_client_recent_max_input_buffer_bytes": "client_recent_max_input_buffer",
            "redis_client_recent_max_output_buffer_bytes": "client_recent_max_output_buffer",
            "redis_clients_in_timeout_table": "clients_in_timeout_table",
            "redis_cluster_connections": "cluster_connections",
            "redis_pubsub_clients": "pubsub_clients",
            "redis_total_blocking_keys": "total_blocking_keys",
            "redis_total_blocking_keys_on_nokey": "total_blocking_keys_on_nokey",
            "redis_total_watched_keys": "total_watched_keys",
            "redis_tracking_clients": "tracking_clients",
            "redis_watching_clients": "watching_clients",
        },
    ),
)

CLIENTS_HIGH = Condition(
    code="CLIENTS_HIGH",
    summary="nearly all connections that maxclients allows are taken",
    advice="find the leak with CLIENT LIST, or CONFIG SET maxclients",
)
CLIENTS_RATIO = Threshold(
    name="clients_ratio",
    condition=CLIENTS_HIGH,
    enter=0.9,
    leave=0.85,
    unit="ratio",
    help="Connections in use, as a part of maxclients.",
)
#: Values of ``master_failover_state`` while writes are held back.
_FAILING_OVER = frozenset({"waiting-for-sync", "failover-in-progress"})
#: Milliseconds of a pause beyond which nobody has set an end to it.
_ENDLESS = 1e9
PAUSED_WRITE = Condition(
    code="PAUSED_WRITE",
    summary="writes hang, since clients are paused",
    advice="CLIENT UNPAUSE",
    lost=frozenset({Capability.WRITE}),
)


ALERT_CONNECTIONS = Setting(
    name="alert_connections",
    default=900,
    low=1,
    help="Client connections to alert on, however many maxclients allows.",
)
ALERTS = (
    Alert(
        name="RedisConnectionSaturation",
        expr=(
            "redis_connections > {alert_connections}\n"
            "or\n"
            "redis_connections_current\n"
            "  + (redis_connected_slaves or 0 * redis_connections_current)\n"
            "  + (redis_cluster_connections or 0 * redis_connections_current)\n"
            "  >= {clients_ratio} * redis_max_clients"
        ),
        severity=Urgency.WARNING,
        for_=120,
        keep_firing_for=120,
        summary="Redis connection saturation on {{ $labels.instance }}",
        description=(
            "Redis has {{ $value }} connections: more than {alert_connections},"
            " or {clients_ratio} of its maxclients."
        ),
    ),
    Alert(
        name="RedisBlockedClients",
        # Workers that wait for a queue are blocked all day: what counts is that they pile up.
        expr=(
            "redis_blocked_clients / redis_connections_current > 0.9\n"
            "and redis_blocked_clients > 20\n"
            "and redis_blocked_clients > 1.5 * avg_over_time(redis_blocked_clients[1d])"
        ),
        severity=Urgency.WARNING,
        for_=300,
        keep_firing_for=300,
        summary="Clients of Redis pile up in blocking commands on {{ $labels.instance }}",
        description=(
            "{{ $value | humanizePercentage }} of all connections are blocked,"
            " half as many again as on average today."
        ),
    ),
)


async def collect(reader: Reader) -> Iterable[Item]:
    """From the shared INFO."""
    info = await reader.info()
    return [*samples(info, METRICS), *_room(info), *_pause(info)]


def _room(info: InfoReply) -> Iterable[Item]:
    limit = count(info.fields, "maxclients")
    if limit <= 0:
        return
    # Replicas and cluster links take connections too, and connected_clients leaves them out.
    fields = ("connected_clients", "connected_slaves", "cluster_connections")
    taken = sum(count(info.fields, field) for field in fields)
    yield Fact("connected", taken)
    yield Fact("maxclients", limit)
    yield Fact("rejected", count(info.fields, "rejected_connections"))
    message = (
        f"{taken} of {limit} connections taken ({taken / limit:.0%}); no more than that are let in"
    )
    yield CLIENTS_RATIO.read(taken / limit, message)


def _pause(info: InfoReply) -> Iterable[Item]:
    """A server that fails over, or shuts down, holds writes back like one that was told to."""
    fields = info.fields
    reason = fields.get("paused_reason", "client_pause")
    ends = number(fields, "shutdown_in_milliseconds")
    if is_primary(info) and fields.get("master_failover_state") in _FAILING_OVER:
        told, advice = "a FAILOVER is under way", "wait for it, or FAILOVER ABORT"
    elif is_primary(info) and (ends is not None or reason == "shutdown_in_progress"):
        told = "the server shuts down and waits for its replicas"
        advice = "wait, or SHUTDOWN ABORT to keep it; INFO replication shows which replica lags"
    elif fields.get("paused_actions") in ("write", "all"):
        told, advice = reason, PAUSED_WRITE.advice
    else:
        return
    left = number(fields, "paused_timeout_milliseconds") if ends is None else ends
    # A pause without an end is one until the end of time.
    until = "" if not left or left > _ENDLESS else f" for another {duration(left / 1000)}"
    yield PAUSED_WRITE.found(f"reads answer but writes hang{until} ({told})", advice=advice)


PROBE = Probe(
    name="clients",
    summary="connections, and pauses put on them",
    interval=5.0,
    timeout=2.0,
    collect=collect,
    commands=(INFO_COMMAND,),
    metrics=METRICS,
    thresholds=(CLIENTS_RATIO,),
    conditions=(CLIENTS_HIGH, PAUSED_WRITE),
    settings=(ALERT_CONNECTIONS,),
    alerts=ALERTS,
)

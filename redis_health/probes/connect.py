"""A fresh connection with authentication: what a new client meets."""

from __future__ import annotations

from collections.abc import Iterable

from redis_health.model import (
    Alert,
    Capability,
    Command,
    Condition,
    Fact,
    Item,
    Metric,
    Occasion,
    Probe,
    Reader,
    Sample,
    Threshold,
    Urgency,
    moment,
)
from redis_health.probes._replies import items
from redis_health.probes._roundtrip import LATENCY, latency, median
from redis_health.probes._tables import EVERYWHERE
from redis_health.probes._words import duration

_DAY = 86400.0
#: Fresh connections that are remembered, and that it takes to call them slow.
_KEPT = 5
_ENOUGH = 3

PHASE = Metric(
    name="redis_connect_phase_seconds",
    help="Seconds that each phase of the last fresh connection took (resolve, connect, tls, login)."
    " A phase that the address does not need is 0.",
    labels=("phase",),
)
CERTIFICATE_EXPIRES = Metric(
    name="redis_tls_certificate_not_after_timestamp_seconds",
    help="End of the validity of the server's TLS certificate (X.509 notAfter, epoch seconds).",
)

TLS_EXPIRING = Condition(
    code="TLS_EXPIRING",
    summary="the server's TLS certificate expires soon",
    advice="renew the certificate, then CONFIG SET tls-cert-file to load it without a restart",
)
CERTIFICATE_DAYS = Threshold(
    name="certificate_days",
    condition=TLS_EXPIRING,
    enter=14.0,
    leave=15.0,
    unit="days",
    help="Days until the server's TLS certificate expires.",
    above=False,
)
SLOW_CONNECT = Condition(
    code="SLOW_CONNECT",
    summary="a new connection takes long until it is logged in",
    advice="resolve: the resolver and its search list; connect: the network and the backlog"
    " (ss -ltn); tls and login: the CPU of the server",
)
CONNECT_LATENCY = Threshold(
    name="connect_latency",
    condition=SLOW_CONNECT,
    enter=0.5,
    leave=0.25,
    unit="seconds",
    help="Median time of the last 5 fresh connections until they are logged in.",
)

ALERTS = (
    Alert(
        name="RedisConnectSlow",
        expr=(
            'quantile_over_time(0.5, redis_latency_seconds{operation="connect"}[5m])'
            " >= {connect_latency}"
        ),
        severity=Urgency.WARNING,
        for_=120,
        keep_firing_for=120,
        summary="New connections to Redis are slow on {{ $labels.instance }}",
        description=(
            "Half of the new connections of 5 minutes took {{ $value | humanizeDuration }} or more"
            " until they were logged in (limit {connect_latency} s)."
        ),
    ),
    Alert(
        name="RedisCertificateExpiring",
        expr=(
            "(redis_tls_certificate_not_after_timestamp_seconds - time()) / 86400"
            " <= {certificate_days}"
        ),
        severity=Urgency.WARNING,
        for_=900,
        summary="The TLS certificate of Redis expires soon on {{ $labels.instance }}",
        description=(
            'It expires in {{ $value | printf "%.1f" }} days (limit {certificate_days} days).'
            " After that no client that verifies it can connect."
        ),
    ),
)


async def collect(reader: Reader) -> Iterable[Item]:
    """One dial: resolve, connect, TLS, login."""
    dial = await reader.dial()
    phases = {
        "resolve": dial.resolve,
        "connect": dial.connect,
        "tls": dial.tls,
        "login": dial.login,
    }
    kept = [kept for kept in items(reader.last.get("latencies")) if isinstance(kept, float)]
    latencies = (*kept, dial.total)[-_KEPT:]
    result: list[Item] = [
        latency("connect", dial.total),
        Fact("latencies", latencies),
        Fact("latency", dial.total),
    ]
    if len(latencies) >= _ENOUGH:
        middle, slowest = median(latencies), max(phases, key=phases.__getitem__)
        message = (
            f"a new connection takes {middle * 1000:.0f} ms, the median of the last"
            f" {len(latencies)}; {phases[slowest] * 1000:.0f} ms of the last one in {slowest}"
        )
        result.append(CONNECT_LATENCY.read(middle, message))
    result += [Sample(PHASE, seconds, (phase,)) for phase, seconds in phases.items()]
    expires = dial.certificate_expires
    if expires is not None:
        left = expires - reader.wall()
        at = moment(expires, now=reader.wall())
        message = f"TLS certificate expires in {duration(max(0.0, left))}, at {at}"
        result.append(Sample(CERTIFICATE_EXPIRES, expires))
        result.append(CERTIFICATE_DAYS.read(left / _DAY, message))
    return result


PROBE = Probe(
    name="connect",
    summary="whether a new client can connect and log in",
    interval=3.0,
    timeout=1.0,
    collect=collect,
    commands=(
        Command("PING", "about 1 µs, on a connection of its own", on=EVERYWHERE),
        Command(
            "CLIENT SETNAME", "about 1 µs, on each new connection", optional=True, on=EVERYWHERE
        ),
        Command(
            "INFO server",
            "about 20 µs, 1 KB; on every second of these connections",
            optional=True,
            on=EVERYWHERE,
        ),
        Command(
            "AUTH",
            "about 10 µs, on each new connection, where a password is set",
            on=EVERYWHERE,
            occasion=Occasion.LOGIN,
        ),
        Command(
            "SELECT",
            "about 1 µs, on each new connection, for a database other than 0",
            occasion=Occasion.DATABASE,
        ),
        Command(
            "HELLO",
            "about 5 µs, on each new connection, for RESP3 alone",
            on=EVERYWHERE,
            occasion=Occasion.LOGIN,
        ),
    ),
    metrics=(LATENCY, PHASE, CERTIFICATE_EXPIRES),
    thresholds=(CERTIFICATE_DAYS, CONNECT_LATENCY),
    conditions=(TLS_EXPIRING, SLOW_CONNECT),
    alerts=ALERTS,
    observes=frozenset({Capability.CONNECT, Capability.AUTHENTICATE}),
)

"""INFO server: which server answers, and since when."""

from __future__ import annotations

from collections.abc import Iterable

from redis_health.info import count, number, samples
from redis_health.model import (
    Alert,
    Condition,
    Fact,
    InfoReply,
    Item,
    Metric,
    Probe,
    Reader,
    Sample,
    Urgency,
)
from redis_health.probes._replies import items
from redis_health.probes._roundtrip import LATENCY, latency
from redis_health.probes._server import mode, replaced, restarted, server_time
from redis_health.probes._tables import INFO_COMMAND, gauge, gauges
from redis_health.probes._words import duration

#: Seconds for which a restart is told.
_NEWS = 300.0

_LABEL_FIELDS = (
    "role",
    "redis_version",
    "redis_build_id",
    "redis_mode",
    "os",
    "maxmemory_policy",
    "tcp_port",
    "run_id",
    "process_id",
    "master_replid",
    "valkey_version",
    "valkey_release_stage",
)

INSTANCE = Metric(
    name="redis_instance_info",
    help="1, with what INFO server, memory and replication say of the server as labels.",
    labels=_LABEL_FIELDS,
)
START_TIME = Metric(
    name="redis_start_time_seconds",
    help="Start of the server, epoch seconds (INFO server: server_time_usec, uptime_in_seconds).",
)
CERTIFICATE = Metric(
    name="redis_tls_certificate_expires_in_seconds",
    help="INFO tls: tls_<certificate>_cert_expires_in_seconds, of the certificates in use.",
    labels=("certificate",),
)
METRICS = (
    *gauges(
        "server",
        {
            "redis_uptime_in_seconds": "uptime_in_seconds",
            "redis_process_id": "process_id",
            "redis_hz": "hz",
            "redis_configured_hz": "configured_hz",
            "redis_clients_hz": "clients_hz",
            "redis_io_threads_active": "io_threads_active",
        },
    ),
    gauge("redis_cluster_enabled", "cluster", "cluster_enabled"),
)

RESTARTED = Condition(
    code="RESTARTED",
    summary="the server process is a new one",
    advice="read the server's log for the reason",
    note=True,
)


ALERTS = (
    Alert(
        name="RedisRestarted",
        expr="redis_uptime_in_seconds < 300",
        severity=Urgency.INFO,
        summary="Redis was restarted on {{ $labels.instance }}",
        description="It has been up for {{ $value | humanizeDuration }}.",
    ),
    Alert(
        name="RedisRestartLoop",
        expr="resets(redis_uptime_in_seconds[30m]) >= 3",
        severity=Urgency.WARNING,
        keep_firing_for=600,
        summary="Redis restarts again and again on {{ $labels.instance }}",
        description="It was restarted {{ $value }} times in 30 minutes (limit 3).",
    ),
)


async def collect(reader: Reader) -> Iterable[Item]:
    """From the shared INFO."""
    info = await reader.info()
    fields = info.fields
    return [
        latency("info", info.seconds),
        *samples(info, METRICS),
        *_start_time(reader, info),
        *_certificates(info),
        Sample(INSTANCE, 1.0, tuple(_label(info, name) for name in _LABEL_FIELDS)),
        Fact("name", _name(info)),
        Fact("version", fields.get("redis_version")),
        Fact("valkey_version", fields.get("valkey_version")),
        Fact("run_id", fields.get("run_id")),
        Fact("mode", mode(info)),
        Fact("uptime", number(fields, "uptime_in_seconds")),
        Fact("latency", info.seconds),
        *_news(reader, info),
    ]


def _name(info: InfoReply) -> str:
    fields = info.fields
    return fields.get("server_name") or ("valkey" if "valkey_version" in fields else "redis")


def _label(info: InfoReply, name: str) -> str:
    # An empty label is the same as none.
    return mode(info) if name == "redis_mode" else info.fields.get(name, "")


def _start_time(reader: Reader, info: InfoReply) -> Iterable[Item]:
    uptime = number(info.fields, "uptime_in_seconds")
    if uptime is not None:
        # Whole seconds on both sides, so that the difference does not tremble.
        asked = server_time(info, now=info.observed, wall=reader.wall())
        yield Sample(START_TIME, int(asked) - uptime)


def _certificates(info: InfoReply) -> Iterable[Item]:
    for name in ("server", "client", "ca"):
        seconds = number(info.fields, f"tls_{name}_cert_expires_in_seconds")
        # Without a certificate the field is there too, and says 0.
        if seconds is not None and info.fields.get(f"tls_{name}_cert_serial") != "none":
            yield Sample(CERTIFICATE, seconds, (name,))


def _news(reader: Reader, info: InfoReply) -> Iterable[Item]:
    now = info.observed
    changed_at = reader.last.get("changed_at")
    fresh = reader.last.get("fresh", False)
    known = items(reader.last.get("starts"))
    starts = [at for at in known if isinstance(at, float) and now - at < _NEWS]
    if replaced(info, reader.last):
        changed_at, fresh = now, restarted(info, reader.last)
        starts += [now] if fresh else []
    yield Fact("seen", now)
    yield Fact("starts", tuple(starts))
    if not isinstance(changed_at, float) or now - changed_at >= _NEWS:
        return
    yield Fact("changed_at", changed_at)
    yield Fact("fresh", fresh)
    uptime = count(info.fields, "uptime_in_seconds")
    if fresh:
        several = f", {len(starts)} times in {duration(_NEWS)}" if len(starts) > 1 else ""
        yield RESTARTED.found(f"restarted {uptime} s ago{several}")
    else:
        yield RESTARTED.found(
            f"another server answers since {duration(now - changed_at)}:"
            f" its run_id differs and its uptime is {duration(uptime)}"
        )


PROBE = Probe(
    name="server",
    summary="which server answers, and since when",
    interval=5.0,
    timeout=2.0,
    collect=collect,
    commands=(INFO_COMMAND,),
    metrics=(LATENCY, INSTANCE, START_TIME, CERTIFICATE, *METRICS),
    conditions=(RESTARTED,),
    alerts=ALERTS,
)

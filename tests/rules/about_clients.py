"""When the alerts about connections, commands and the server process fire."""

from __future__ import annotations

from tests.rules.scenario import Scenario


def _connections(about: str, series: dict[str, str], *, fires: str | None = None) -> Scenario:
    return Scenario(
        alert="RedisConnectionSaturation",
        about=about,
        series=series,
        silent=("105s",) if fires else ("10m",),
        fires=("2m",) if fires else (),
        description=f"Redis has {fires} connections: more than 900, or 0.9 of its maxclients.",
    )


_CONNECTIONS = (
    _connections("more than 900", {"redis_connections": "901x40"}, fires="901"),
    _connections(
        "900 of 10000",
        {
            "redis_connections": "900x40",
            "redis_connections_current": "900x40",
            "redis_max_clients": "10000x40",
        },
    ),
    _connections(
        "90 %, replicas and the cluster included",
        {
            "redis_connections": "80x40",
            "redis_connections_current": "80x40",
            "redis_connected_slaves": "4x40",
            "redis_cluster_connections": "6x40",
            "redis_max_clients": "100x40",
        },
        fires="90",
    ),
    _connections(
        "89 %, of a server that tells of no cluster",
        {"redis_connections_current": "89x40", "redis_max_clients": "100x40"},
    ),
    Scenario(
        alert="RedisRejectedConnections",
        about="one is rejected; told for 5 minutes more",
        series={"redis_connections_rejected_total": "0x40 1x100"},
        silent=("10m", "21m"),
        fires=("615s", "20m"),
        description=(
            "1 connections were rejected in 5 minutes, since as many clients are connected as"
            " maxclients allows."
        ),
    ),
    Scenario(
        alert="RedisRejectedConnections",
        about="some were rejected long ago",
        series={"redis_connections_rejected_total": "7x40"},
        silent=("10m",),
    ),
    Scenario(
        alert="RedisBlockedClients",
        about="workers pile up",
        series={"redis_blocked_clients": "10x40 95x40", "redis_connections_current": "100x80"},
        silent=("900s",),
        fires=("915s",),
        description=("95% of all connections are blocked, half as many again as on average today."),
    ),
    Scenario(
        alert="RedisBlockedClients",
        about="queue workers that always wait",
        series={"redis_blocked_clients": "95x200", "redis_connections_current": "100x200"},
        silent=("40m",),
    ),
    Scenario(
        alert="RedisBlockedClients",
        about="more of them, and as many others",
        series={"redis_blocked_clients": "10x40 90x60", "redis_connections_current": "100x100"},
        silent=("18m",),
    ),
    Scenario(
        alert="RedisBlockedClients",
        about="few clients",
        series={"redis_blocked_clients": "1x40 20x40", "redis_connections_current": "20x80"},
        silent=("18m",),
    ),
)


def _histogram(seconds: str) -> dict[str, str]:
    """Commands that take 0.067 to 0.135 s: the 95th percentile lies in that bucket."""
    name = 'redis_command_latency_seconds_bucket{command="get",le='
    return {
        f'{name}"0.067633"}}': seconds,
        f'{name}"0.135266"}}': "0+100x60",
        f'{name}"+Inf"}}': "0+100x60",
        'redis_command_latency_seconds_count{command="get"}': "0+100x60",
    }


def _slow(about: str, series: dict[str, str], *, fires: str | None = None) -> Scenario:
    return Scenario(
        alert="RedisHighLatency",
        about=about,
        series=series,
        silent=("2m",) if fires else ("10m",),
        fires=("135s",) if fires else (),
        description=(
            f"Redis takes {fires} to execute commands (95th percentile over 5 minutes,"
            " or the mean before Redis 7; limit 0.1 s)."
        ),
    )


_MEAN = {
    'redis_commands_duration_seconds_total{cmd="keys"}': "0+2.2x60",
    'redis_commands_total{cmd="keys"}': "0+10x60",
    'redis_commands_duration_seconds_total{cmd="get"}': "0x60",
    'redis_commands_total{cmd="get"}': "0+10x60",
}

_COMMANDS = (
    _slow("the histogram says 132 ms", _histogram("0x60"), fires="131.9ms"),
    _slow("the histogram says 68 ms", _histogram("0+95x60")),
    _slow("no histogram, a mean of 110 ms", _MEAN, fires="110ms"),
    _slow(
        "no histogram, a mean of 100 ms",
        {**_MEAN, 'redis_commands_duration_seconds_total{cmd="keys"}': "0+2x60"},
    ),
    _slow("the histogram is quick, whatever the mean", {**_MEAN, **_histogram("0+95x60")}),
    Scenario(
        alert="RedisPingSlow",
        about="a median of 100 ms; told for 2 minutes more",
        series={'redis_latency_seconds{operation="ping"}': "0.1x40 0.01x40"},
        silent=("105s", "900s"),
        fires=("2m", "870s"),
        labels={"operation": "ping"},
        description="The median round trip of PING over 5 minutes is 100ms (limit 0.1 s).",
    ),
    Scenario(
        alert="RedisPingSlow",
        about="99 ms, and a peak",
        series={'redis_latency_seconds{operation="ping"}': "0.099x10 5 0.099x30"},
        silent=("5m", "10m"),
    ),
    Scenario(
        alert="RedisPingSlow",
        about="another operation",
        series={'redis_latency_seconds{operation="info"}': "0.2x40"},
        silent=("10m",),
    ),
    Scenario(
        alert="RedisConnectSlow",
        about="a median of 600 ms; told for 2 minutes more",
        series={'redis_latency_seconds{operation="connect"}': "0.6x40 0.01x40"},
        silent=("105s", "900s"),
        fires=("2m", "870s"),
        labels={"operation": "connect"},
        description=(
            "Half of the new connections of 5 minutes took 600ms or more until they were logged in"
            " (limit 0.5 s)."
        ),
    ),
    Scenario(
        alert="RedisConnectSlow",
        about="499 ms, and a peak",
        series={'redis_latency_seconds{operation="connect"}': "0.499x10 5 0.499x30"},
        silent=("5m", "10m"),
    ),
    Scenario(
        alert="RedisConnectSlow",
        about="another operation",
        series={'redis_latency_seconds{operation="ping"}': "0.6x40"},
        silent=("10m",),
    ),
    Scenario(
        alert="RedisCommandsFailing",
        about="8 % failed or rejected",
        series={
            'redis_commands_total{cmd="get"}': "0+90x60",
            'redis_commands_failed_calls_total{cmd="get"}': "0x60",
            'redis_commands_rejected_calls_total{cmd="get"}': "0x60",
            'redis_commands_total{cmd="set"}': "0+6x60",
            'redis_commands_failed_calls_total{cmd="set"}': "0+4x60",
            'redis_commands_rejected_calls_total{cmd="set"}': "0+4x60",
        },
        silent=("5m",),
        fires=("315s",),
        description=(
            "8% of all commands failed or were rejected in the last 5 minutes (limit 5%)."
        ),
    ),
    Scenario(
        alert="RedisCommandsFailing",
        about="5 % failed",
        series={
            'redis_commands_total{cmd="get"}': "0+100x60",
            'redis_commands_failed_calls_total{cmd="get"}': "0+5x60",
            'redis_commands_rejected_calls_total{cmd="get"}': "0x60",
        },
        silent=("10m",),
    ),
    Scenario(
        alert="RedisErrorReplies",
        about="an OOM every 5 seconds",
        series={'redis_errors_total{err="OOM"}': "0+3x60"},
        silent=("270s",),
        fires=("285s",),
        labels={"err": "OOM"},
        description="Clients get 0.2 OOM errors every second (limit 0.1 over 5 minutes).",
    ),
    Scenario(
        alert="RedisErrorReplies",
        about="errors that clients make themselves, and a few others",
        series={
            'redis_errors_total{err="WRONGTYPE"}': "0+300x60",
            'redis_errors_total{err="MOVED"}': "0+300x60",
            'redis_errors_total{err="NOPERM"}': "0+1.5x60",
        },
        silent=("10m",),
    ),
    Scenario(
        alert="RedisEvictingKeys",
        about="keys with a time to live are evicted",
        series={
            "redis_keys_evicted_total": "0+15x100",
            'redis_instance_info{maxmemory_policy="volatile-ttl"}': "1x100",
        },
        silent=("10m",),
        fires=("615s",),
        description=(
            "1.0 keys with a time to live are evicted every second because memory is full;"
            " when none is left, writes fail."
        ),
    ),
    Scenario(
        alert="RedisEvictingKeys",
        about="a cache at work",
        series={
            "redis_keys_evicted_total": "0+15x100",
            'redis_instance_info{maxmemory_policy="allkeys-lru"}': "1x100",
        },
        silent=("20m",),
    ),
    Scenario(
        alert="RedisEvictingKeys",
        about="none is evicted",
        series={
            "redis_keys_evicted_total": "15x100",
            'redis_instance_info{maxmemory_policy="volatile-ttl"}': "1x100",
        },
        silent=("20m",),
    ),
    Scenario(
        alert="RedisSlowCommands",
        about="a new entry of 1 s; told for 10 minutes",
        series={
            "redis_last_slow_execution_duration_seconds": "0x8 1x100",
            "redis_slowlog_last_id": "0x8 1x100",
        },
        silent=("2m", "13m"),
        fires=("135s", "12m"),
        description="One command took 1s (limit 1 s); all clients waited meanwhile.",
    ),
    Scenario(
        alert="RedisSlowCommands",
        about="a new entry of less",
        series={
            "redis_last_slow_execution_duration_seconds": "0x8 0.99x40",
            "redis_slowlog_last_id": "0x8 1x40",
        },
        silent=("3m",),
    ),
    Scenario(
        alert="RedisSlowCommands",
        about="an old entry",
        series={
            "redis_last_slow_execution_duration_seconds": "9x40",
            "redis_slowlog_last_id": "4x40",
        },
        silent=("5m",),
    ),
)

_NOT_AFTER = "redis_tls_certificate_not_after_timestamp_seconds"

_SERVER = (
    Scenario(
        alert="RedisRestarted",
        about="for five minutes",
        series={"redis_uptime_in_seconds": "0+15x40"},
        silent=("5m",),
        fires=("285s",),
        description="It has been up for 4m 45s.",
    ),
    Scenario(
        alert="RedisRestartLoop",
        about="the third restart within half an hour",
        series={"redis_uptime_in_seconds": "9000+60x5 0+60x5 0+60x5 0+60x60"},
        step="1m",
        silent=("17m", "58m"),
        fires=("18m", "45m"),
        description="It was restarted 3 times in 30 minutes (limit 3).",
    ),
    Scenario(
        alert="RedisRestartLoop",
        about="two restarts",
        series={"redis_uptime_in_seconds": "9000+60x5 0+60x5 0+60x60"},
        step="1m",
        silent=("30m",),
    ),
    Scenario(
        alert="RedisCertificateExpiring",
        about="14 days are left",
        series={_NOT_AFTER: f"{14 * 86400}x100"},
        silent=("885s",),
        fires=("15m",),
        description=(
            "It expires in 14.0 days (limit 14 days)."
            " After that no client that verifies it can connect."
        ),
    ),
    Scenario(
        alert="RedisCertificateExpiring",
        about="a little more is left",
        series={_NOT_AFTER: f"{14 * 86400 + 3600}x100"},
        silent=("20m",),
    ),
)

SCENARIOS = (*_CONNECTIONS, *_COMMANDS, *_SERVER)

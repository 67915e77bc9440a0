"""When the alerts about strangers and what they change fire."""

from __future__ import annotations

from tests.rules.scenario import Scenario


def _finding(code: str) -> str:
    return f'redis_security_finding{{code="{code}"}}'


def _at_once(alert: str, code: str, description: str) -> tuple[Scenario, ...]:
    series = _finding(code)
    return (
        Scenario(
            alert=alert,
            about=f"{code} at once, until it is undone or no news any more",
            series={series: "0x3 1x3 0x3"},
            silent=("45s", "2m"),
            fires=("1m", "105s"),
            labels={"code": code},
            description=description,
        ),
        Scenario(alert=alert, about=f"{code} not", series={series: "0x20"}, silent=("5m",)),
    )


def _replication(code: str) -> tuple[Scenario, ...]:
    return _at_once(
        "RedisReplicationTampered",
        code,
        f"{code} is 1: nobody is known to have meant it, and a replica's data are those of its"
        " primary.",
    )


def _config(code: str) -> tuple[Scenario, ...]:
    return _at_once(
        "RedisConfigTampered",
        code,
        f"{code} is 1: where it writes, who reaches it, or which modules run is not as it was at"
        " the start.",
    )


SCENARIOS = (
    Scenario(
        alert="RedisOpenToNetwork",
        about="for a minute; what it explains is not told again",
        series={
            _finding("OPEN_TO_NETWORK"): "1x20",
            _finding("DEFAULT_USER_OPEN"): "1x20",
            _finding("PROTECTED_MODE_OFF"): "1x20",
        },
        silent=("45s",),
        fires=("1m",),
        labels={"code": "OPEN_TO_NETWORK"},
        description=(
            "Whoever reaches its port may read and write all data (OPEN_TO_NETWORK is 1)."
        ),
    ),
    Scenario(
        alert="RedisOpenToNetwork",
        about="loopback alone",
        series={_finding("OPEN_TO_NETWORK"): "0x20", _finding("PROTECTED_MODE_OFF"): "0x20"},
        silent=("5m",),
    ),
    *_replication("UNEXPECTED_PRIMARY"),
    *_replication("ROLE_CHANGED"),
    *_replication("PRIMARY_CHANGED"),
    *_config("CONFIG_CHANGED"),
    *_config("MODULES_CHANGED"),
)

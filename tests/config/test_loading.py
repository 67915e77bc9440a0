from __future__ import annotations

from typing import Any

import pytest

from redis_health.config import LogFormat, LogLevel
from redis_health.errors import ConfigError
from redis_health.model import Capability, Limits, Nature, Policy, ProbeOptions, Schedule
from tests.config.declared import KEYS, LABEL, PATIENCE, settings

LIMITS = {
    "ping_latency": Limits(0.25, 0.1),
    "certificate_days": Limits(14, 21),
    "used_bytes": Limits(None, None),
}
SCHEDULES = {
    "ping": Schedule(interval=1, timeout=1),
    "slow_facts": Schedule(interval=15, timeout=2.5),
}

DEFAULTS = {
    "check_write": False,
    "expect_replicas": 0,
    "keys": (),
    "patience": 2.5,
    "label": "plain",
}


def test_the_defaults_are_those_of_the_declarations() -> None:
    found = settings()
    assert found.policy == Policy(limits=LIMITS, schedules=SCHEDULES)
    assert found.probe_options == ProbeOptions(given=DEFAULTS)
    assert [str(address) for address in found.listen] == [":9091"]
    assert (found.log_format, found.log_level) == (LogFormat.AUTO, LogLevel.INFO)
    assert found.drain_delay == 5


def test_what_is_given_arrives() -> None:
    found = settings(
        {
            "require": "connect, Durability",
            "expect_role": "primary",
            "accept": "slow,MEM_HIGH",
            "failures": "5",
            "successes": "1",
            "login_grace": "0",
            "ping_latency": "1/0.5",
            "used_bytes": "1000",
            "slow_facts_interval": "30",
        },
        {
            "REDIS_HEALTH_PING_TIMEOUT": "0.5",
            "REDIS_HEALTH_EXPECT_REPLICAS": "2",
            "REDIS_HEALTH_CHECK_WRITE": "yes",
            "REDIS_HEALTH_LOG_LEVEL": "Debug",
            "REDIS_HEALTH_LOG_FORMAT": "JSON",
            "REDIS_HEALTH_DRAIN_DELAY": "0.5",
            "REDIS_HEALTH_LISTEN": ":0,[::1]:80",
        },
    )
    assert found.policy == Policy(
        requires=frozenset({Capability.CONNECT, Capability.DURABILITY}),
        expect_role="master",
        fall={Nature.REPLY: 1, Nature.TRANSPORT: 2, Nature.SILENCE: 5},
        rise={Nature.REPLY: 1, Nature.TRANSPORT: 1, Nature.SILENCE: 1},
        login_grace=0,
        limits=LIMITS | {"ping_latency": Limits(1, 0.5), "used_bytes": Limits(1000, None)},
        schedules={
            "ping": Schedule(interval=1, timeout=0.5),
            "slow_facts": Schedule(interval=30, timeout=2.5),
        },
        accepted=frozenset({"SLOW", "MEM_HIGH"}),
    )
    assert found.probe_options == ProbeOptions(
        expect_role="master", given=DEFAULTS | {"expect_replicas": 2, "check_write": True}
    )
    assert [str(address) for address in found.listen] == [":0", "[::1]:80"]
    assert (found.log_format, found.log_level) == (LogFormat.JSON, LogLevel.DEBUG)
    assert found.drain_delay == 0.5
    assert found.sources["require"].value == "connect,durability"
    assert found.sources["expect-role"].value == "primary"
    assert found.warnings == ()


@pytest.mark.parametrize(
    ("word", "role"),
    [("primary", "master"), ("master", "master"), ("Replica", "slave"), ("slave", "slave")],
)
def test_the_role_is_infos_word(word: str, role: str) -> None:
    found = settings({"expect_role": word})
    assert found.policy.expect_role == found.probe_options.expect_role == role


def test_an_empty_list_leaves_the_requirements_to_the_role() -> None:
    assert settings({"require": ""}, {"REDIS_HEALTH_REQUIRE": "write"}).policy.requires is None


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        ({"redis_port": "x"}, "--redis-port: expected a whole number from 1 to 65535, not 'x'"),
        ({"redis_db": "-1"}, "--redis-db: expected a whole number from 0 to 2147483647, not '-1'"),
        ({"redis_host": ""}, "--redis-host: expected a host name or an IP address without a port"),
        ({"redis_tls_verify": "x"}, "--redis-tls-verify: expected one of full, ca, none, not 'x'"),
        ({"failures": "0"}, "--failures: expected a whole number from 1 to 10, not '0'"),
        ({"successes": "11"}, "--successes: expected a whole number from 1 to 10, not '11'"),
        ({"expect_replicas": "-1"}, "--expect-replicas: expected a whole number from 0"),
        ({"expect_role": "x"}, "--expect-role: expected one of primary, replica, master, slave"),
        ({"require": "role"}, "--require: expected names with commas between, of connect,"),
        ({"require": "conect"}, "--require: expected names with commas between, of connect,"),
        ({"accept": "a b"}, "--accept: expected reason codes such as"),
        ({"log_level": "loud"}, "--log-level: expected one of debug, info, warning, error"),
        ({"log_format": "xml"}, "--log-format: expected one of auto, json, console, not 'xml'"),
        ({"drain_delay": "-1"}, "--drain-delay: expected a number of seconds from 0 to 3600"),
        ({"ping_interval": "0"}, "--ping-interval: expected a number of seconds from 0.01"),
        ({"ping_timeout": "3601"}, "--ping-timeout: expected a number of seconds from 0.01"),
        ({"ping_latency": "0.1/0.2"}, "--ping-latency: expected ENTER, ENTER/LEAVE or off"),
        ({"certificate_days": "14/7"}, "--certificate-days: expected ENTER, ENTER/LEAVE or off"),
        ({"listen": "9091"}, "--listen: expected addresses such as :9091"),
        ({"redis_url": "h:6379"}, "--redis-url: expected a URL such as redis://"),
        ({"redis_password": "x"}, "--redis-password: no such flag"),
        ({"colour": "x"}, "--colour: no such flag"),
        ({"config": "/nowhere.toml"}, "--config: /nowhere.toml cannot be read: No such file"),
    ],
)
def test_an_error_names_the_flag_the_value_and_what_is_expected(
    flags: dict[str, Any], message: str
) -> None:
    with pytest.raises(ConfigError) as error:
        settings(flags)
    assert str(error.value).startswith(message)


def test_a_long_value_is_cut_in_the_message() -> None:
    with pytest.raises(ConfigError) as error:
        settings({"redis_port": "9" * 10_000})
    assert len(str(error.value)) < 250


@pytest.mark.parametrize(
    ("flags", "environ", "warnings"),
    [
        (
            {"ping_timeout": "3"},
            {},
            (
                "--ping-timeout (3 s) is longer than ping-interval (1 s): "
                "rounds without an answer come less often than that",
            ),
        ),
        (
            {},
            {"REDIS_HEALTH_PING_INTERVAL": "0.25"},
            (
                "ping-timeout (1 s) is longer than REDIS_HEALTH_PING_INTERVAL (0.25 s): "
                "rounds without an answer come less often than that",
            ),
        ),
        ({"ping_timeout": "1", "ping_interval": "1"}, {}, ()),
    ],
)
def test_a_timeout_that_is_longer_than_its_interval_is_a_warning(
    flags: dict[str, Any], environ: dict[str, str], warnings: tuple[str, ...]
) -> None:
    assert settings(flags, environ).warnings == warnings


def test_a_probe_is_told_its_settings_by_their_declaration() -> None:
    found = settings({"keys": "a, b*", "patience": "3", "label": "x"}).probe_options
    assert found.value(KEYS) == ("a", "b*")
    assert (found.value(PATIENCE), found.value(LABEL)) == (3.0, "x")
    assert ProbeOptions().value(PATIENCE) == 2.5

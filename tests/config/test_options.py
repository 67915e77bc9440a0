from __future__ import annotations

import re
from dataclasses import replace

import pytest

from redis_health.config import Option, options
from redis_health.model import Probe
from redis_health.probes import catalogue
from tests.config.declared import PROBES

BY_NAME = {option.name: option for option in options(PROBES)}

FIXED = {
    "redis-url": ("REDIS_URL", "redis://localhost:6379"),
    "redis-host": ("REDIS_HOST", "localhost"),
    "redis-port": ("REDIS_PORT", "6379"),
    "redis-db": ("REDIS_DB", "0"),
    "redis-username": ("REDIS_USERNAME", "-"),
    "redis-password": ("REDIS_PASSWORD", "-"),
    "redis-password-file": ("REDIS_PASSWORD_FILE", "-"),
    "redis-protocol": ("REDIS_PROTOCOL", "2"),
    "redis-tls": ("REDIS_TLS", "false"),
    "redis-tls-ca-file": ("REDIS_TLS_CA_FILE", "-"),
    "redis-tls-cert-file": ("REDIS_TLS_CERT_FILE", "-"),
    "redis-tls-key-file": ("REDIS_TLS_KEY_FILE", "-"),
    "redis-tls-server-name": ("REDIS_TLS_SERVER_NAME", "-"),
    "redis-tls-verify": ("REDIS_TLS_VERIFY", "full"),
    "sentinels": ("REDIS_HEALTH_SENTINELS", "-"),
    "sentinel-master": ("REDIS_HEALTH_SENTINEL_MASTER", "-"),
    "sentinel-username": ("REDIS_HEALTH_SENTINEL_USERNAME", "-"),
    "sentinel-password": ("REDIS_HEALTH_SENTINEL_PASSWORD", "-"),
    "sentinel-password-file": ("REDIS_HEALTH_SENTINEL_PASSWORD_FILE", "-"),
    "sentinel-tls": ("REDIS_HEALTH_SENTINEL_TLS", "false"),
    "config": ("REDIS_HEALTH_CONFIG", "-"),
    "listen": ("REDIS_HEALTH_LISTEN", ":9091"),
    "log-format": ("REDIS_HEALTH_LOG_FORMAT", "auto"),
    "log-level": ("REDIS_HEALTH_LOG_LEVEL", "info"),
    "drain-delay": ("REDIS_HEALTH_DRAIN_DELAY", "5"),
    "web-config-file": ("REDIS_HEALTH_WEB_CONFIG_FILE", "-"),
    "require": ("REDIS_HEALTH_REQUIRE", "-"),
    "expect-role": ("REDIS_HEALTH_EXPECT_ROLE", "-"),
    "accept": ("REDIS_HEALTH_ACCEPT", "-"),
    "failures": ("REDIS_HEALTH_FAILURES", "3"),
    "successes": ("REDIS_HEALTH_SUCCESSES", "2"),
    "login-grace": ("REDIS_HEALTH_LOGIN_GRACE", "60"),
    "stop-timeout": ("REDIS_HEALTH_STOP_TIMEOUT", "600"),
    "restart": ("REDIS_HEALTH_RESTART", "never"),
    "scrape-allow": ("REDIS_HEALTH_SCRAPE_ALLOW", "-"),
    "scrape-schemes": ("REDIS_HEALTH_SCRAPE_SCHEMES", "redis"),
    "scrape-credentials": ("REDIS_HEALTH_SCRAPE_CREDENTIALS", "-"),
    "scrape-targets": ("REDIS_HEALTH_SCRAPE_TARGETS", "100"),
    "scrape-idle": ("REDIS_HEALTH_SCRAPE_IDLE", "300"),
}
DERIVED = {
    "check-write": ("REDIS_HEALTH_CHECK_WRITE", "false"),
    "expect-replicas": ("REDIS_HEALTH_EXPECT_REPLICAS", "0"),
    "keys": ("REDIS_HEALTH_KEYS", "-"),
    "patience": ("REDIS_HEALTH_PATIENCE", "2.5"),
    "label": ("REDIS_HEALTH_LABEL", "plain"),
    "ping-interval": ("REDIS_HEALTH_PING_INTERVAL", "1"),
    "ping-timeout": ("REDIS_HEALTH_PING_TIMEOUT", "1"),
    "slow-facts-interval": ("REDIS_HEALTH_SLOW_FACTS_INTERVAL", "15"),
    "slow-facts-timeout": ("REDIS_HEALTH_SLOW_FACTS_TIMEOUT", "2.5"),
    "ping-latency": ("REDIS_HEALTH_PING_LATENCY", "0.25/0.1"),
    "certificate-days": ("REDIS_HEALTH_CERTIFICATE_DAYS", "14/21"),
    "used-bytes": ("REDIS_HEALTH_USED_BYTES", "off"),
}


def test_the_options_are_the_published_ones() -> None:
    found = {name: (each.env, each.shown(each.default)) for name, each in BY_NAME.items()}
    assert found == FIXED | DERIVED


def test_without_probes_only_the_fixed_ones_are_left() -> None:
    assert [option.name for option in options(())] == list(FIXED)


@pytest.mark.parametrize("option", BY_NAME.values(), ids=list(BY_NAME))
def test_a_default_that_is_shown_reads_as_itself(option: Option[object]) -> None:
    if option.default is None:
        assert option.shown(option.default) == "-"
    else:
        assert option.kind.parse(option.kind.show(option.default)) == option.default


def test_only_passwords_are_secret_and_have_no_flag() -> None:
    passwords = ["redis-password", "sentinel-password"]
    assert [option.name for option in BY_NAME.values() if option.secret] == passwords
    assert [option.name for option in BY_NAME.values() if not option.flag] == passwords


def test_only_the_file_itself_does_not_stand_in_the_file() -> None:
    assert [option.name for option in BY_NAME.values() if not option.in_file] == ["config"]


@pytest.mark.parametrize("declared", [PROBES, catalogue()], ids=["declared", "real"])
def test_no_option_takes_a_name_that_kubernetes_gives_to_service_links(
    declared: tuple[Probe, ...],
) -> None:
    link = re.compile(r"REDIS_HEALTH_(PORT|SERVICE)(_.*)?|REDIS_.*(_PORT_|_SERVICE_).*")
    taken = [option.env for option in options(declared) if link.fullmatch(option.env)]
    assert taken == []


def test_two_declarations_of_one_option_are_refused() -> None:
    other = replace(PROBES[0], name="other")
    with pytest.raises(ValueError, match="more than once: ping-latency"):
        options((*PROBES, other))

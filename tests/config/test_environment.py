from __future__ import annotations

import pytest

from redis_health.errors import ConfigError
from tests.config.declared import settings


@pytest.mark.parametrize("name", ["REDIS_URL", "REDIS_PORT", "REDIS_HEALTH_LISTEN", "REDIS_TLS"])
def test_an_empty_variable_counts_as_not_set(name: str) -> None:
    assert settings(environ={name: ""}) == settings()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("REDIS_PORT", "tcp://10.0.0.1:6379"),
        ("REDIS_PORT", "udp://10.0.0.1:6379"),
        ("REDIS_HOST", "tcp://10.0.0.1:6379"),
        ("REDIS_DB", "tcp://10.0.0.1:6379"),
        ("REDIS_HEALTH_LISTEN", "tcp://10.0.0.1:9091"),
        ("REDIS_SERVICE_HOST", "10.0.0.1"),
        ("REDIS_PORT_6379_TCP_ADDR", "10.0.0.1"),
        ("REDIS_HEALTH_PORT", "tcp://10.0.0.1:9091"),
        ("REDIS_HEALTH_SERVICE_HOST", "10.0.0.1"),
        ("REDIS_HEALTH_SERVICE_PORT", "9091"),
        ("REDIS_HEALTH_SERVICE_PORT_HTTP", "9091"),
        ("REDIS_HEALTH_PORT_9091_TCP", "tcp://10.0.0.1:9091"),
        ("REDIS_HEALTH_PORT_9091_TCP_PROTO", "tcp"),
        ("REDIS_HEALTH_METRICS_SERVICE_HOST", "10.0.0.1"),
        ("REDIS_HEALTH_METRICS_PORT_9091_TCP_PORT", "9091"),
        ("REDIS_HEALTHY", "yes"),
        ("HOME", "/"),
    ],
)
def test_what_kubernetes_and_others_set_changes_nothing(name: str, value: str) -> None:
    assert settings(environ={name: value}) == settings()


def test_a_service_named_redis_does_not_hide_the_host_that_is_given() -> None:
    environ = {"REDIS_PORT": "tcp://10.0.0.1:6379", "REDIS_HOST": "redis"}
    assert settings(environ=environ).target.url == "redis://redis:6379"


def test_a_password_may_look_like_a_service_link() -> None:
    assert settings(environ={"REDIS_PASSWORD": "tcp://x"}).target.password == "tcp://x"


def test_a_url_of_another_scheme_is_a_mistake_and_no_service_link() -> None:
    with pytest.raises(ConfigError, match=r"^REDIS_URL: expected a URL such as redis://.*tcp://h"):
        settings(environ={"REDIS_URL": "tcp://h:6379"})


def test_an_unknown_variable_of_ours_is_a_warning_that_does_not_show_its_value() -> None:
    environ = {"REDIS_HEALTH_LISTN": ":1", "REDIS_HEALTH_XYZZY_QUUX": "hunter2"}
    assert settings(environ=environ).warnings == (
        "REDIS_HEALTH_LISTN: no such variable; did you mean REDIS_HEALTH_LISTEN?",
        "REDIS_HEALTH_XYZZY_QUUX: no such variable",
    )

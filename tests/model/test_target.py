"""How a target is named, and that its secret is not."""

from __future__ import annotations

import pytest

from redis_health.model import Target, TLSSettings


@pytest.mark.parametrize(
    ("target", "address", "url"),
    [
        (Target(), "localhost:6379", "redis://localhost:6379"),
        (Target(host="::1", port=7000), "[::1]:7000", "redis://[::1]:7000"),
        (Target(tls=TLSSettings()), "localhost:6379", "rediss://localhost:6379"),
        (Target(path="/run/redis.sock"), "/run/redis.sock", "unix:///run/redis.sock"),
    ],
)
def test_the_address_for_people(target: Target, address: str, url: str) -> None:
    assert (target.address, target.url) == (address, url)


def test_no_secret_is_shown() -> None:
    target = Target(username="mon", password="hunter2")
    assert "hunter2" not in repr(target) + str(target) + target.url + target.address


def test_who_logs_in() -> None:
    assert Target().user == "default"
    assert Target(username="mon").user == "mon"

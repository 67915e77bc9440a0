"""Patterns of targets: what each admits, and what is none."""

from __future__ import annotations

from ipaddress import ip_address

import pytest

from redis_health.config.option import Invalid
from redis_health.config.patterns import Scheme, literal, pattern, patterns_kind

REDIS, REDISS, UNIX = Scheme.REDIS, Scheme.REDISS, Scheme.UNIX


@pytest.mark.parametrize(
    ("text", "scheme", "name", "port", "admitted"),
    [
        ("redis-1:6379", REDIS, "redis-1", 6379, True),
        ("redis-1:6379", REDISS, "redis-1", 6379, True),
        ("redis-1:6379", REDIS, "redis-1", 6380, False),
        ("redis-1:6379", REDIS, "redis-11", 6379, False),
        ("redis-1:6379", REDIS, "a-redis-1", 6379, False),
        ("redis-1:6379", REDIS, "redis-1.", 6379, False),
        ("Redis-1:6379", REDIS, "redis-1", 6379, True),
        ("redis-1", REDIS, "redis-1", 22, True),
        ("rediss://redis-1", REDISS, "redis-1", 1, True),
        ("rediss://redis-1", REDIS, "redis-1", 1, False),
        ("redis-*.prod.svc:6379", REDIS, "redis-7.prod.svc", 6379, True),
        ("redis-*.prod.svc:6379", REDIS, "redis-.prod.svc", 6379, True),
        ("redis-*.prod.svc:6379", REDIS, "redis-7xprodxsvc", 6379, False),
        ("redis-*.prod.svc:6379", REDIS, "redis-7.evil.prod.svc", 6379, False),
        ("redis-*.prod.svc:6379", REDIS, "redis-7.prod.svc.evil", 6379, False),
        ("*", REDIS, "redis", 6379, True),
        ("*", REDIS, "redis.prod", 6379, False),
        ("127.0.0.1:6379", REDIS, "127.0.0.1", 6379, False),
        ("unix:///redis", REDIS, "/redis", 0, False),
    ],
)
def test_names(text: str, scheme: Scheme, name: str, port: int, admitted: bool) -> None:
    assert pattern(text).admits_name(scheme, name, port) is admitted


@pytest.mark.parametrize(
    ("text", "address", "port", "admitted"),
    [
        ("10.0.0.0/8", "10.1.2.3", 6379, True),
        ("10.0.0.0/8", "11.1.2.3", 6379, False),
        ("10.0.0.0/8", "10.1.2.3", 22, True),
        ("10.0.0.0/8:6379", "10.1.2.3", 6379, True),
        ("10.0.0.0/8:6379", "10.1.2.3", 22, False),
        ("10.0.0.0/8", "::1", 6379, False),
        ("10.1.2.3:6379", "10.1.2.3", 6379, True),
        ("0x0a.1.2.3:6379", "10.1.2.3", 6379, True),
        ("10.1.2.3:6379", "10.1.2.4", 6379, False),
        ("fd00::/8", "fd12::1", 1, True),
        ("fd00::/8:6379", "fd12::1", 6379, True),
        ("[fd00::]/8:6379", "fd12::1", 6380, False),
        ("[::1]:7000", "::1", 7000, True),
        ("[::1]:7000", "::2", 7000, False),
        ("redis-1:6379", "10.0.0.1", 6379, False),
    ],
)
def test_addresses(text: str, address: str, port: int, admitted: bool) -> None:
    assert pattern(text).admits_address(REDIS, ip_address(address), port) is admitted


@pytest.mark.parametrize(
    ("text", "path", "admitted"),
    [
        ("unix:///run/redis/redis.sock", "/run/redis/redis.sock", True),
        ("unix:///run/redis/*.sock", "/run/redis/a.b.sock", True),
        ("unix:///run/redis/*.sock", "/run/redis/a/b.sock", False),
        ("unix:///run/redis/*.sock", "/run/redis/redis.socket", False),
        ("redis", "redis", False),
    ],
)
def test_paths(text: str, path: str, admitted: bool) -> None:
    assert pattern(text).admits_path(path) is admitted


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("127.0.0.1", "127.0.0.1"),
        ("127.1", "127.0.0.1"),
        ("0x7f.1", "127.0.0.1"),
        ("2130706433", "127.0.0.1"),
        ("0177.0.0.1", "127.0.0.1"),
        ("::1", "::1"),
        ("::ffff:10.0.0.1", "10.0.0.1"),
        ("redis", None),
        ("127.0.0.1.", None),
        (":", None),
    ],
)
def test_a_host_that_is_an_address(host: str, address: str | None) -> None:
    assert literal(host) == (address and ip_address(address))


@pytest.mark.parametrize(
    "text",
    [
        "redis:0",
        "redis:65536",
        "redis:",
        ":6379",
        "redis:6379/0",
        "::1",
        "[::1",
        "[redis]:6379",
        "10.0.0.1/8",
        "10.0.0.0/33",
        "[10.0.0.0/8",
        "10.0.0.0/8:0",
        "user@redis",
        "rédis",
        "http://redis",
        "unix://run/redis.sock",
        "unix:///run/\x07",
        "redis redis",
    ],
)
def test_what_is_no_pattern(text: str) -> None:
    with pytest.raises(Invalid, match="a pattern such as"):
        pattern(text)


def test_patterns_are_shown_as_they_are_written() -> None:
    kind = patterns_kind()
    text = "redis-*.prod.svc:6379,10.0.0.0/8,[::1]:7000"
    assert kind.show(kind.parse(text)) == text

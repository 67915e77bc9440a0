"""The target parameter: what it may say."""

from __future__ import annotations

from ipaddress import ip_address

import pytest

from redis_health.config import Scheme
from redis_health.errors import BadTarget
from redis_health.monitor.requested import Requested, requested

REDIS = Scheme.REDIS


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("redis", Requested(REDIS, "redis", 6379)),
        ("redis:7000", Requested(REDIS, "redis", 7000)),
        ("redis://redis:7000", Requested(REDIS, "redis", 7000)),
        ("redis://redis:7000/", Requested(REDIS, "redis", 7000)),
        ("REDIS://Redis-1.Prod:7000", Requested(REDIS, "redis-1.prod", 7000)),
        ("valkey://v", Requested(REDIS, "v", 6379)),
        ("rediss://redis", Requested(Scheme.REDISS, "redis", 6379)),
        ("valkeys://v", Requested(Scheme.REDISS, "v", 6379)),
        ("10.0.0.1", Requested(REDIS, "10.0.0.1", 6379, address=ip_address("10.0.0.1"))),
        ("0x7f.1:7000", Requested(REDIS, "127.0.0.1", 7000, address=ip_address("127.0.0.1"))),
        ("[::1]:7000", Requested(REDIS, "::1", 7000, address=ip_address("::1"))),
        ("[::1]", Requested(REDIS, "::1", 6379, address=ip_address("::1"))),
        ("[0:0::1]", Requested(REDIS, "::1", 6379, address=ip_address("::1"))),
        ("[::ffff:10.0.0.1]", Requested(REDIS, "10.0.0.1", 6379, address=ip_address("10.0.0.1"))),
        ("unix:///run/redis.sock", Requested(Scheme.UNIX, path="/run/redis.sock")),
        ("unix:///run/a@b.sock", Requested(Scheme.UNIX, path="/run/a@b.sock")),
    ],
)
def test_one_spelling(text: str, expected: Requested) -> None:
    assert requested([text]) == expected


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "expected one parameter target"),
        ("http://redis", "expected the scheme"),
        ("://redis", "expected the scheme"),
        ("redis://s3cr3t@redis", "credentials do not belong here"),
        ("redis://user:s3cr3t@redis", "credentials do not belong here"),
        ("redis://allowed:6379@evil:6379", "credentials do not belong here"),
        ("allowed@evil", "credentials do not belong here"),
        ("redis://evil#allowed", "and nothing after it"),
        ("redis://evil?allowed", "and nothing after it"),
        ("redis://evil/allowed", "and nothing after it"),
        ("redis://redis:6379/0", "and nothing after it"),
        ("redis://evil\\allowed", "and nothing after it"),
        ("evil\n", "and nothing after it"),
        (" evil", "and nothing after it"),
        ("evil%2eallowed", "and nothing after it"),
        ("evil\x00", "and nothing after it"),
        ("r\u00e9dis", "and nothing after it"),
        ("redis\u3002evil", "and nothing after it"),
        ("\uff11\uff12\uff17.0.0.1", "and nothing after it"),
        ("127.0.0.1\u2024", "and nothing after it"),
        ("-redis", "and nothing after it"),
        (".", "and nothing after it"),
        ("redis:", "and nothing after it"),
        ("redis:0", "and nothing after it"),
        ("redis:65536", "and nothing after it"),
        ("redis:+1", "and nothing after it"),
        ("redis:\u0661", "and nothing after it"),
        (":6379", "and nothing after it"),
        ("a" * 254, "and nothing after it"),
        ("::1", "and nothing after it"),
        ("[::1", "and nothing after it"),
        ("[::1]x", "and nothing after it"),
        ("[fe80::1%eth0]", "and nothing after it"),
        ("[127.0.0.1]", "an IPv6 address in the brackets"),
        ("[:::]", "an IPv6 address in the brackets"),
        ("unix://run/redis.sock", "an absolute path"),
        ("unix:////run/redis.sock", "an absolute path"),
        ("unix:///run/../etc/passwd", "an absolute path"),
        ("unix:///run/./redis.sock", "an absolute path"),
        ("unix:///run/redis.sock/", "an absolute path"),
        ("unix:///run/\x00", "an absolute path"),
        ("unix:///" + "a" * 107, "an absolute path"),
        ("unix:///" + "\u00e9" * 60, "an absolute path"),
    ],
)
def test_what_is_wrong_is_named_and_never_echoed(text: str, told: str) -> None:
    with pytest.raises(BadTarget) as caught:
        requested([text])
    message = str(caught.value)
    assert told in message
    assert message.isascii()
    assert message.isprintable()
    assert "s3cr3t" not in message
    assert "evil" not in message


@pytest.mark.parametrize("values", [[], ["redis", "evil"], ["redis", "redis"]])
def test_one_target_at_a_time(values: list[str]) -> None:
    with pytest.raises(BadTarget, match="expected one parameter target"):
        requested(values)

from __future__ import annotations

import pytest

from redis_health.config import Listen
from redis_health.config.addresses import host_kind, listen_kind
from redis_health.config.option import Invalid


@pytest.mark.parametrize(
    ("raw", "addresses"),
    [
        (":9091", (Listen(None, 9091),)),
        (":0", (Listen(None, 0),)),
        ("127.0.0.1:8080", (Listen("127.0.0.1", 8080),)),
        ("[::1]:9091", (Listen("::1", 9091),)),
        ("[::]:9091", (Listen("::", 9091),)),
        ("localhost:80", (Listen("localhost", 80),)),
        ("redis_health:80", (Listen("redis_health", 80),)),
        (
            ":9091, 127.0.0.1:8080,[::1]:9091",
            (Listen(None, 9091), Listen("127.0.0.1", 8080), Listen("::1", 9091)),
        ),
        ([":9091", ":8080"], (Listen(None, 9091), Listen(None, 8080))),
        (":0,:0", (Listen(None, 0), Listen(None, 0))),
    ],
)
def test_addresses_to_listen_on(raw: object, addresses: tuple[Listen, ...]) -> None:
    assert listen_kind().parse(raw) == addresses


@pytest.mark.parametrize(
    "raw",
    [
        "",
        [],
        ",",
        "9091",
        "localhost",
        "localhost:",
        ":",
        ":65536",
        ":-1",
        ":http",
        "::1:9091",
        "::1",
        "[::1]",
        "[::1]9091",
        "[::1:9091",
        "[localhost]:80",
        "[]:80",
        "a b:80",
        "*:80",
        "http://localhost:80",
        ":9091,:9091",
        "[::1]:1,[::1]:1",
        [":9091", 8080],
        9091,
    ],
)
def test_what_is_no_address_to_listen_on(raw: object) -> None:
    with pytest.raises(Invalid, match="addresses such as :9091"):
        listen_kind().parse(raw)


@pytest.mark.parametrize(
    ("listen", "text"),
    [
        (Listen(None, 9091), ":9091"),
        (Listen("localhost", 0), "localhost:0"),
        (Listen("::1", 9091), "[::1]:9091"),
    ],
)
def test_an_address_is_written_as_it_is_read(listen: Listen, text: str) -> None:
    assert str(listen) == text
    assert listen_kind().parse(text) == (listen,)


@pytest.mark.parametrize(
    ("raw", "host"),
    [
        ("redis", "redis"),
        (" redis-0.redis.svc. ", "redis-0.redis.svc."),
        ("my_redis", "my_redis"),
        ("10.0.0.1", "10.0.0.1"),
        ("::1", "::1"),
        ("[fe80::1%eth0]", "fe80::1%eth0"),
        ("münchen.example", "münchen.example"),
    ],
)
def test_hosts(raw: str, host: str) -> None:
    assert host_kind().parse(raw) == host


@pytest.mark.parametrize(
    "raw",
    [
        "",
        " ",
        "redis:6379",
        "redis://redis",
        "a b",
        "a,b",
        "a/b",
        "[redis]",
        "[::1]:6379",
        "[::1",
        "1::2::3",
        "x" * 254,
        5,
    ],
)
def test_what_is_no_host(raw: object) -> None:
    with pytest.raises(Invalid, match="a host name or an IP address without a port"):
        host_kind().parse(raw)

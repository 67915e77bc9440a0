from __future__ import annotations

from ipaddress import IPv6Address
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from redis_health.config import redact_url
from redis_health.config.option import Invalid
from redis_health.config.urls import parse_url

# A busy machine is no failure.
UNHURRIED = hypothesis_settings(deadline=None)
FIELDS = ("tls", "host", "port", "path", "db", "username", "password")


def said(url: str) -> dict[str, Any]:
    parsed = parse_url(url)
    return {name: value for name in FIELDS if (value := getattr(parsed, name)) is not None}


@pytest.mark.parametrize(
    ("url", "parts"),
    [
        ("redis://localhost:6379", {"tls": False, "host": "localhost", "port": 6379}),
        ("redis://h", {"tls": False, "host": "h"}),
        (" REDIS://h\n", {"tls": False, "host": "h"}),
        ("redis://", {"tls": False}),
        ("redis://:7000", {"tls": False, "port": 7000}),
        ("redis://h:", {"tls": False, "host": "h"}),
        ("redis:///2", {"tls": False, "db": 2}),
        ("redis://h/", {"tls": False, "host": "h"}),
        ("redis://h/0", {"tls": False, "host": "h", "db": 0}),
        ("redis://h?db=2", {"tls": False, "host": "h", "db": 2}),
        ("redis://h/?db=2", {"tls": False, "host": "h", "db": 2}),
        ("redis://h?", {"tls": False, "host": "h"}),
        ("rediss://h:1", {"tls": True, "host": "h", "port": 1}),
        ("valkey://h:65535", {"tls": False, "host": "h", "port": 65535}),
        ("valkeys://h", {"tls": True, "host": "h"}),
        ("redis://[::1]:6379", {"tls": False, "host": "::1", "port": 6379}),
        ("redis://[::1]", {"tls": False, "host": "::1"}),
        ("redis://[fe80::1%25eth0]/1", {"tls": False, "host": "fe80::1%eth0", "db": 1}),
        ("redis://:pw@h", {"tls": False, "host": "h", "password": "pw"}),
        ("redis://user@h", {"tls": False, "host": "h", "username": "user"}),
        ("redis://user:@h", {"tls": False, "host": "h", "username": "user"}),
        (
            "redis://user:pw@h/2",
            {"tls": False, "host": "h", "username": "user", "password": "pw", "db": 2},
        ),
        (
            "redis://a%40b:p%40%3A%2F%25+@h",
            {"tls": False, "host": "h", "username": "a@b", "password": "p@:/%+"},
        ),
        ("redis://:p@/?#:w@h/2", {"tls": False, "host": "h", "password": "p@/?#:w", "db": 2}),
        ("unix:///run/redis.sock", {"path": "/run/redis.sock"}),
        ("unix:///run/my%20redis.sock?db=1", {"path": "/run/my redis.sock", "db": 1}),
        ("unix:///run/a@b.sock", {"path": "/run/a@b.sock"}),
        (
            "unix://user:pw@/run/redis.sock?db=3",
            {"path": "/run/redis.sock", "username": "user", "password": "pw", "db": 3},
        ),
    ],
)
def test_what_a_url_says(url: str, parts: dict[str, Any]) -> None:
    assert said(url) == parts


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("", "a URL such as"),
        ("localhost:6379", "a URL such as"),
        (6379, "a URL such as"),
        ("http://h", "a URL such as"),
        ("tcp://h:6379", "a URL such as"),
        ("redis:/h", "a URL such as"),
        ("redis://h#part", "a URL such as"),
        ("redis://h:0", "a URL with a port"),
        ("redis://h:65536", "a URL with a port"),
        ("redis://h:x", "a URL with a port"),
        ("redis://h:-1", "a URL with a port"),
        ("redis://::1:6379", "a URL with a host"),
        ("redis://a b", "a URL with a host"),
        ("redis://h1:1,h2:2", "a URL with a host"),
        ("redis://[::1]6379", "a URL with a host"),
        ("redis://[::1", "a URL with a host"),
        ("redis://[nope]", "a URL with a host"),
        ("redis://h/x", "a URL with one database"),
        ("redis://h/-1", "a URL with one database"),
        ("redis://h/1/2", "a URL with one database"),
        ("redis://h/2147483648", "a URL with one database"),
        ("redis://h?db=", "a URL with one database"),
        ("redis://h?db=1&db=1", "a URL with one database"),
        ("redis://h/1?db=1", "a URL with one database"),
        ("redis://h?ssl_cert_reqs=none", "not the parameter 'ssl_cert_reqs'"),
        ("redis://h?db=1&timeout=3", "not the parameter 'timeout'"),
        ("redis://h?word", "the parameter db and no other"),
        ("unix://", "a unix URL with an absolute path"),
        ("unix://run/redis.sock", "a unix URL with an absolute path"),
        ("unix://u:p@run/redis.sock", "a unix URL with an absolute path"),
        ("unix:///a%00b", "a unix URL with an absolute path"),
        (f"unix:///{'a' * 107}", "a unix URL with a path of at most 107 bytes"),
        (f"unix:///{'é' * 54}", "a unix URL with a path of at most 107 bytes"),
    ],
)
def test_what_a_url_may_not_say(url: object, expected: str) -> None:
    with pytest.raises(Invalid) as refusal:
        parse_url(url)
    assert expected in str(refusal.value)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("redis://h:6379/2?db=1", "redis://h:6379/2?db=1"),
        ("redis://u:pw@h:6379", "redis://u:********@h:6379"),
        ("redis://:pw@h", "redis://:********@h"),
        ("redis://:p@:w/#?@h", "redis://:********@h"),
        ("redis://pw@h", "redis://********@h"),
        ("http://u:pw@h", "http://u:********@h"),
        ("redis://u:pw", "redis://********"),
        ("redis://u:pw/word", "redis://********"),
        ("redis://u:pw:6379", "redis://********"),
        ("redis://h?password=pw&db=1", "redis://h?password=********&db=1"),
        ("redis://h?pw", "redis://h?********"),
        ("redis://h?db=pw", "redis://h?db=********"),
        ("redis://h#pw", "redis://h#********"),
        ("redis://[::1]:6379", "redis://[::1]:6379"),
        ("unix://u:pw@/run/redis.sock?db=1", "unix://u:********@/run/redis.sock?db=1"),
        ("unix:///run/redis.sock", "unix:///run/redis.sock"),
        ("u:pw@h:6379", "********"),
        ("pw", "********"),
        ("h:6379", "h:6379"),
        ("u:pw", "********"),
        ("", "********"),
    ],
)
def test_redaction(url: str, shown: str) -> None:
    assert redact_url(url) == shown


def test_a_url_does_not_show_its_password() -> None:
    parsed = parse_url("redis://u:hunter2@h")
    assert "hunter2" not in repr(parsed)
    assert parsed.shown == "redis://u:********@h"


hosts = st.one_of(
    st.from_regex(r"[a-z][a-z0-9_.-]{0,20}", fullmatch=True),
    st.ip_addresses(v=4).map(str),
    st.ip_addresses(v=6).map(lambda address: f"[{address}]"),
)
words = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)


@UNHURRIED
@given(
    scheme=st.sampled_from(["redis", "rediss", "valkey", "valkeys"]),
    username=st.none() | words,
    password=st.none() | words,
    host=hosts,
    port=st.none() | st.integers(1, 65535),
    db=st.none() | st.integers(0, 2**31 - 1),
)
def test_every_url_says_what_was_written_into_it(
    *,
    scheme: str,
    username: str | None,
    password: str | None,
    host: str,
    port: int | None,
    db: int | None,
) -> None:
    login = quote(username or "", safe="")
    login += "" if password is None else f":{quote(password, safe='')}"
    url = f"{scheme}://{login}{'@' if login else ''}{host}"
    url += "" if port is None else f":{port}"
    url += "" if db is None else f"/{db}"
    parsed = parse_url(url)
    found = parsed.host or ""
    expected = str(IPv6Address(host[1:-1])) if host.startswith("[") else host
    assert found == expected
    assert (parsed.tls, parsed.port, parsed.db) == (scheme in ("rediss", "valkeys"), port, db)
    assert (parsed.username, parsed.password) == (username, password)
    assert parse_url(parsed.shown).host == parsed.host


@UNHURRIED
@given(path=words, username=st.none() | words, password=words)
def test_every_unix_url_says_what_was_written_into_it(
    path: str, username: str | None, password: str
) -> None:
    path = "/" + path.replace("\0", "")
    login = f"{quote(username or '', safe='')}:{quote(password, safe='')}"
    parsed = parse_url(f"unix://{login}@{quote(path)}")
    assert (parsed.path, parsed.username, parsed.password) == (path, username, password)

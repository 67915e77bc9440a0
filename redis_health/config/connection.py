"""The options that say which Redis is watched, and as whom."""

from __future__ import annotations

from typing import Any

from redis_health.config.addresses import host_kind
from redis_health.config.kinds import choice, integer, switch, text
from redis_health.config.option import Option
from redis_health.config.urls import HIGHEST_DATABASE, parse_url, url_kind

_CONNECTION = "Redis"
_TLS = "TLS to Redis"

REDIS_URL = Option(
    name="redis-url",
    env="REDIS_URL",
    kind=url_kind(),
    default=parse_url("redis://localhost:6379"),
    help="Redis, as redis://, rediss:// (TLS) or unix://; one with a password never as a flag.",
    group=_CONNECTION,
)
REDIS_HOST = Option(
    name="redis-host",
    env="REDIS_HOST",
    kind=host_kind(),
    default="localhost",
    help="Host name or IP address, where the URL leaves it out.",
    group=_CONNECTION,
)
REDIS_PORT = Option(
    name="redis-port",
    env="REDIS_PORT",
    kind=integer(1, 65535, "PORT"),
    default=6379,
    help="TCP port, where the URL leaves it out.",
    group=_CONNECTION,
)
REDIS_DB = Option(
    name="redis-db",
    env="REDIS_DB",
    kind=integer(0, HIGHEST_DATABASE),
    default=0,
    help="Database that the connection selects; the metrics cover all.",
    group=_CONNECTION,
)
REDIS_USERNAME = Option(
    name="redis-username",
    env="REDIS_USERNAME",
    kind=text("NAME"),
    default=None,
    help="ACL user; without one the user is default.",
    group=_CONNECTION,
)
REDIS_PASSWORD = Option(
    name="redis-password",
    env="REDIS_PASSWORD",
    kind=text(),
    default=None,
    help="Password; there is no flag for it, since ps would show it.",
    group=_CONNECTION,
    secret=True,
    flag=False,
)
REDIS_PASSWORD_FILE = Option(
    name="redis-password-file",
    env="REDIS_PASSWORD_FILE",
    kind=text("PATH"),
    default=None,
    help="File with the password, read again when Redis refuses the login.",
    group=_CONNECTION,
)
REDIS_PROTOCOL = Option(
    name="redis-protocol",
    env="REDIS_PROTOCOL",
    kind=choice({"2": 2, "3": 3}),
    default=2,
    help="RESP version; 3 is asked for with HELLO, and an older server stays at 2.",
    group=_CONNECTION,
)
REDIS_TLS = Option(
    name="redis-tls",
    env="REDIS_TLS",
    kind=switch(),
    default=False,
    help="Speak TLS to Redis, as rediss:// does.",
    group=_TLS,
)
REDIS_TLS_CA_FILE = Option(
    name="redis-tls-ca-file",
    env="REDIS_TLS_CA_FILE",
    kind=text("PATH"),
    default=None,
    help="Certificate authorities to trust (PEM); without it, the system's.",
    group=_TLS,
)
REDIS_TLS_CERT_FILE = Option(
    name="redis-tls-cert-file",
    env="REDIS_TLS_CERT_FILE",
    kind=text("PATH"),
    default=None,
    help="Client certificate (PEM).",
    group=_TLS,
)
REDIS_TLS_KEY_FILE = Option(
    name="redis-tls-key-file",
    env="REDIS_TLS_KEY_FILE",
    kind=text("PATH"),
    default=None,
    help="Key of the client certificate (PEM); the same path where one file holds both.",
    group=_TLS,
)
REDIS_TLS_SERVER_NAME = Option(
    name="redis-tls-server-name",
    env="REDIS_TLS_SERVER_NAME",
    kind=text("NAME"),
    default=None,
    help="Name that the certificate must hold, where it is not the host.",
    group=_TLS,
)
REDIS_TLS_VERIFY = Option(
    name="redis-tls-verify",
    env="REDIS_TLS_VERIFY",
    kind=choice({"full": "full", "ca": "ca", "none": "none"}),
    default="full",
    help="What to verify: chain and name (full), the chain alone (ca), or nothing (none).",
    group=_TLS,
)

CONNECTION: tuple[Option[Any], ...] = (
    REDIS_URL,
    REDIS_HOST,
    REDIS_PORT,
    REDIS_DB,
    REDIS_USERNAME,
    REDIS_PASSWORD,
    REDIS_PASSWORD_FILE,
    REDIS_PROTOCOL,
    REDIS_TLS,
    REDIS_TLS_CA_FILE,
    REDIS_TLS_CERT_FILE,
    REDIS_TLS_KEY_FILE,
    REDIS_TLS_SERVER_NAME,
    REDIS_TLS_VERIFY,
)

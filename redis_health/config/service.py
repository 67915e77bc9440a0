"""The options of the service itself, and those of its verdict."""

from __future__ import annotations

import re
from typing import Any

from redis_health.config.addresses import listen_kind
from redis_health.config.kinds import choice, integer, listing, seconds, text
from redis_health.config.option import Invalid, Option
from redis_health.config.settings import Listen, LogFormat, LogLevel
from redis_health.model import Capability, Nature
from redis_health.model.policy import FALL, RISE

#: What the variable of every option of ours begins with.
PREFIX = "REDIS_HEALTH_"
#: The longest time that an option may ask for, in seconds.
LONGEST = 3600.0

_SERVICE = "Service"
_VERDICT = "Verdict"
_CODE = re.compile(r"[A-Z][A-Z0-9_]*")
_REQUIRABLE = tuple(capability for capability in Capability if capability != Capability.ROLE)
_CAPABILITIES = "names with commas between, of " + ", ".join(_REQUIRABLE)
_CODES = "reason codes such as SLOW, with commas between"
_ROLES: dict[str, str | None] = {
    "primary": "master",
    "replica": "slave",
    "master": "master",
    "slave": "slave",
}


def _capability(word: str) -> Capability:
    if word.lower() not in _REQUIRABLE:
        raise Invalid(_CAPABILITIES)
    return Capability(word.lower())


def _code(word: str) -> str:
    if not _CODE.fullmatch(word.upper()):
        raise Invalid(_CODES)
    return word.upper()


CONFIG = Option(
    name="config",
    env=PREFIX + "CONFIG",
    kind=text("PATH"),
    default=None,
    help="TOML file with any of these options.",
    group=_SERVICE,
    in_file=False,
)
LISTEN = Option(
    name="listen",
    env=PREFIX + "LISTEN",
    kind=listen_kind(),
    default=(Listen(None, 9091),),
    help="Addresses to listen on; no host means all, both families; port 0 means any free one.",
    group=_SERVICE,
)
LOG_FORMAT = Option(
    name="log-format",
    env=PREFIX + "LOG_FORMAT",
    kind=choice({word.value: word for word in LogFormat}),
    default=LogFormat.AUTO,
    help="Form of the log; auto is console on a terminal and json elsewhere.",
    group=_SERVICE,
)
LOG_LEVEL = Option(
    name="log-level",
    env=PREFIX + "LOG_LEVEL",
    kind=choice({word.value: word for word in LogLevel}),
    default=LogLevel.INFO,
    help="Least severe lines to log.",
    group=_SERVICE,
)
DRAIN_DELAY = Option(
    name="drain-delay",
    env=PREFIX + "DRAIN_DELAY",
    kind=seconds(0, LONGEST),
    default=5.0,
    help="Time between SIGTERM, when /readyz turns to draining, and the end.",
    group=_SERVICE,
)
WEB_CONFIG_FILE = Option(
    name="web-config-file",
    spelling="web.config.file",
    env=PREFIX + "WEB_CONFIG_FILE",
    kind=text("PATH"),
    default=None,
    help="YAML file with TLS and users for HTTP, of the form that Prometheus's exporters share.",
    group=_SERVICE,
)
REQUIRE = Option(
    name="require",
    env=PREFIX + "REQUIRE",
    kind=listing("NAME,…", _CAPABILITIES, _capability),
    default=(),
    help=f"What Redis must do, of {', '.join(_REQUIRABLE)}; nothing given, it follows the role.",
    group=_VERDICT,
)
EXPECT_ROLE = Option(
    name="expect-role",
    env=PREFIX + "EXPECT_ROLE",
    kind=choice(_ROLES),
    default=None,
    help="Role that Redis must have.",
    group=_VERDICT,
)
ACCEPT = Option(
    name="accept",
    env=PREFIX + "ACCEPT",
    kind=listing("CODE,…", _CODES, _code),
    default=(),
    help="Reason codes that you choose to live with.",
    group=_VERDICT,
)
FAILURES = Option(
    name="failures",
    env=PREFIX + "FAILURES",
    kind=integer(1, 10),
    default=FALL[Nature.SILENCE],
    help="Silent rounds in a row that confirm a loss.",
    group=_VERDICT,
)
SUCCESSES = Option(
    name="successes",
    env=PREFIX + "SUCCESSES",
    kind=integer(1, 10),
    default=RISE[Nature.SILENCE],
    help="Answered rounds in a row that end it.",
    group=_VERDICT,
)
LOGIN_GRACE = Option(
    name="login-grace",
    env=PREFIX + "LOGIN_GRACE",
    kind=seconds(0, LONGEST),
    default=60.0,
    help="Time for which a refused fresh login only degrades, while the kept connection works.",
    group=_VERDICT,
)

SERVICE: tuple[Option[Any], ...] = (
    CONFIG,
    LISTEN,
    LOG_FORMAT,
    LOG_LEVEL,
    DRAIN_DELAY,
    WEB_CONFIG_FILE,
    REQUIRE,
    EXPECT_ROLE,
    ACCEPT,
    FAILURES,
    SUCCESSES,
    LOGIN_GRACE,
)

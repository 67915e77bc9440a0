"""The parameters of CONFIG that the probes read: how they are asked for, and what comes back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from redis_health.model import Reply

#: The parameters that the probes read; anything else in CONFIG is none of our business.
PARAMETERS = (
    "save",
    "databases",
    "maxclients",
    "min-replicas-to-write",
    "min-replicas-max-lag",
    "replica-serve-stale-data",
    "stop-writes-on-bgsave-error",
    "slowlog-log-slower-than",
    "slowlog-max-len",
    "latency-tracking",
    "latency-monitor-threshold",
    "appendonly",
    "io-threads",
    "client-output-buffer-limit",
    "commandlog-*",
    "dir",
    "dbfilename",
    "bind",
    "protected-mode",
    "port",
    "tls-port",
    "tls-auth-clients",
    "lua-enable-insecure-api",
)
#: The first version in which CONFIG GET takes more than one name.
_MULTI_ARGUMENT_CONFIG = 7


def questions(fields: Mapping[str, str]) -> Sequence[Sequence[str]]:
    """The commands that ask a server with these INFO fields for all of them."""
    major = fields.get("redis_version", "").partition(".")[0]
    if major.isdecimal() and len(major) < 10 and int(major) >= _MULTI_ARGUMENT_CONFIG:
        return [("CONFIG", "GET", *PARAMETERS)]
    return [("CONFIG", "GET", name) for name in PARAMETERS]


def parameters_of(replies: Iterable[Reply]) -> dict[str, str]:
    """What the replies to the questions say, by the parameter's name."""
    return {name: value for reply in replies for name, value in _pairs(reply).items()}


def _pairs(reply: Reply) -> dict[str, str]:
    """CONFIG GET's reply: a flat list in RESP2, a mapping in RESP3."""
    if isinstance(reply, dict):
        items = list(reply.items())
    elif isinstance(reply, list):
        items = list(zip(reply[::2], reply[1::2], strict=False))
    else:
        items = []
    return {_text(name): _text(value) for name, value in items}


def _text(value: object) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)

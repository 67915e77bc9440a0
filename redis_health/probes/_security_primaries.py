"""Which primaries an operator expects: names, addresses and networks, as text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from redis_health.model import Setting

_EXPECTED = "redis-1, redis-*:6379, 10.0.0.5:6379, 10.0.0.0/8 or [fd00::5]:6379"
_HIGHEST_PORT = 65535
_FORM = re.compile(
    r"(?:\[(?P<six>[0-9A-Fa-f:.]+(?:/\d+)?)\]|(?P<host>[A-Za-z0-9_.*-]+(?:/\d+)?))(?::(?P<port>\d{1,5}))?"
)


@dataclass(frozen=True, slots=True)
class Pattern:
    """One of the primaries that are expected; ``port`` of None is any."""

    port: int | None
    name: re.Pattern[str] | None = None
    network: IPv4Network | IPv6Network | None = None

    def admits(self, host: str, port: str) -> bool:
        """Whether INFO's ``master_host`` and ``master_port`` are meant: no name is looked up."""
        if self.port is not None and str(self.port) != port:
            return False
        if self.name is not None:
            return self.name.fullmatch(host.lower()) is not None
        try:
            return ip_address(host) in (self.network or ())
        except ValueError:
            return False


def pattern(word: str) -> Pattern | None:
    """The pattern that a word says; None when it says none."""
    found = _FORM.fullmatch(word)
    if found is None:
        return None
    port = None if found["port"] is None else int(found["port"])
    if port is not None and not 0 < port <= _HIGHEST_PORT:
        return None
    host = found["six"] or found["host"]
    try:
        return Pattern(port, network=ip_network(host))
    except ValueError:
        if found["six"] or "/" in host:
            return None
    parts = map(re.escape, host.lower().split("*"))
    return Pattern(port, name=re.compile("[^.]*".join(parts)))


EXPECT_PRIMARY: Setting[tuple[str, ...]] = Setting(
    name="expect_primary",
    default=(),
    help="Primaries that a replica may follow, as INFO's master_host names them: a host with or"
    " without a port, * in a name, or a network. Any other is UNEXPECTED_PRIMARY.",
    expects=lambda word: None if pattern(word) else _EXPECTED,
)


def is_expected(words: tuple[str, ...], host: str, port: str) -> bool:
    """Whether one of the words means this primary."""
    return any(found.admits(host, port) for found in map(pattern, words) if found is not None)

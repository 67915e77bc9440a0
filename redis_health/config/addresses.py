"""Hosts, ports, and the addresses that the service listens on."""

from __future__ import annotations

import re
from ipaddress import IPv6Address

from redis_health.config.kinds import listing, whole
from redis_health.config.option import Invalid, Kind
from redis_health.config.settings import Listen

_HOST = "a host name or an IP address without a port"
_LISTEN = "addresses such as :9091, 127.0.0.1:8080 or [::1]:9091, each once, with commas between"
# Underscores are no part of a DNS name, but of the names that Compose gives to services.
_NAME = re.compile(r"[\w.-]{1,253}")
_HIGHEST_PORT = 65535


def host(text: str, expected: str = _HOST) -> str:
    """A host name, an IPv4 address, or an IPv6 address with or without brackets (zone allowed)."""
    bracketed = text.startswith("[") and text.endswith("]")
    name = text[1:-1] if bracketed else text
    if ":" in name:
        try:
            IPv6Address(name)
        except ValueError:
            raise Invalid(expected) from None
    elif bracketed or not _NAME.fullmatch(name):
        raise Invalid(expected)
    return name


def port(text: object, expected: str, *, low: int = 1) -> int:
    """A TCP port."""
    return whole(text, low, _HIGHEST_PORT, expected)


def split_address(text: str, expected: str) -> tuple[str, str | None]:
    """``host``, ``host:port`` or ``[v6]:port`` as host (brackets kept) and port.

    A bare IPv6 address is refused, since its last part could be a port.
    """
    end = text.find("]") + 1 if text.startswith("[") else 0
    if text.count(":", end) > 1:
        raise Invalid(expected)
    before, colon, after = text[end:].partition(":")
    return text[:end] + before, after if colon else None


def host_kind() -> Kind[str]:
    """A host of its own; never a URL or an address with a port."""

    def parse(raw: object) -> str:
        return host(raw.strip() if isinstance(raw, str) else "", _HOST)

    return Kind(metavar="HOST", parse=parse, show=str)


def listen_kind() -> Kind[tuple[Listen, ...]]:
    """One address or several, each ``[HOST]:PORT``; port 0 may be asked for more than once."""
    several = listing("[HOST]:PORT,…", _LISTEN, _listen)

    def parse(raw: object) -> tuple[Listen, ...]:
        found = several.parse(raw)
        fixed = [address for address in found if address.port]
        if not found or len(set(fixed)) < len(fixed):
            raise Invalid(_LISTEN)
        return found

    return Kind(metavar=several.metavar, parse=parse, show=several.show)


def _listen(text: str) -> Listen:
    name, number = split_address(text, _LISTEN)
    return Listen(host(name, _LISTEN) if name else None, port(number, _LISTEN, low=0))

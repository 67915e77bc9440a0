"""Patterns that say which Redis servers an operator means. Pure: no look-up is made here."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_network,
)
from socket import inet_aton

from redis_health.config.addresses import port, split_address
from redis_health.config.kinds import listing
from redis_health.config.option import Invalid, Kind

Address = IPv4Address | IPv6Address

_PATTERN = (
    "a pattern such as redis-1:6379, redis-*.prod.svc:6379, 10.0.0.0/8, [fd00::]/8:6379 or "
    "unix:///run/redis/*.sock (no port is any port, * is anything but a dot or a slash)"
)
_HOST = re.compile(r"[A-Za-z0-9_*.-]{1,253}")
_NETWORK = re.compile(
    r"(?P<open>\[)?(?P<address>[0-9A-Fa-f:.]+)(?(open)\])/(?P<bits>[0-9]{1,3})(:(?P<port>[0-9]+))?"
)


class Scheme(StrEnum):
    """How a target of ``/scrape`` is reached."""

    REDIS = "redis"
    REDISS = "rediss"
    UNIX = "unix"


def literal(host: str) -> Address | None:
    """The IP address that a host is in itself, None for a name; in the form that is dialled.

    As the C library reads it: ``127.1`` and ``0x7f.1`` are addresses. One of IPv4 that is mapped
    into IPv6 leads to the IPv4 address.
    """
    try:
        return unmapped(IPv6Address(host)) if ":" in host else IPv4Address(inet_aton(host))
    except (OSError, ValueError):
        return None


def unmapped(address: Address) -> Address:
    """The IPv4 address for one that is mapped into IPv6; any other as it is."""
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return address if mapped is None else mapped


@dataclass(frozen=True, slots=True)
class Pattern:
    """One pattern, of host names, of a network or of unix sockets; None is any.

    A pattern of names says nothing of addresses, and one of addresses nothing of names.
    """

    text: str
    scheme: Scheme | None
    port: int | None = None
    name: re.Pattern[str] | None = None
    network: IPv4Network | IPv6Network | None = None

    def __str__(self) -> str:
        return self.text

    def admits_name(self, scheme: Scheme, name: str, port: int) -> bool:
        """Whether it is of names, and this name is one of them."""
        return self._fits(scheme, port) and self.name is not None and _matches(self.name, name)

    def admits_address(self, scheme: Scheme, address: Address, port: int) -> bool:
        """Whether it is of addresses, and this address is one of them."""
        return self.admits_addresses(scheme, port) and address in (self.network or ())

    def admits_addresses(self, scheme: Scheme, port: int) -> bool:
        """Whether there are addresses that it would admit."""
        return self._fits(scheme, port) and self.network is not None

    def admits_path(self, path: str) -> bool:
        """Whether it is of unix sockets, and this path is one of them."""
        return self.scheme is Scheme.UNIX and self.name is not None and _matches(self.name, path)

    def _fits(self, scheme: Scheme, port: int) -> bool:
        # No scheme given means either of TCP: a path is meant by its scheme alone.
        return self.scheme in (None, scheme) and self.port in (None, port)


def pattern(text: str) -> Pattern:
    """The pattern that the text says; Invalid when it says none."""
    scheme, rest = _scheme(text)
    if scheme is Scheme.UNIX:
        if not rest.startswith("/") or not rest.isprintable():
            raise Invalid(_PATTERN)
        return Pattern(text, scheme, name=_glob(rest, but="/"))
    if "/" in rest:
        return _network(text, scheme, rest)
    host, number = split_address(rest, _PATTERN)
    in_brackets = host.startswith("[")
    address = literal(host[1:-1] if in_brackets else host)
    where = None if number is None else port(number, _PATTERN)
    if address is not None:
        return Pattern(text, scheme, where, network=ip_network(address))
    if in_brackets or not _HOST.fullmatch(host):
        raise Invalid(_PATTERN)
    return Pattern(text, scheme, where, name=_glob(host.lower(), but="."))


def patterns_kind() -> Kind[tuple[Pattern, ...]]:
    """Patterns with commas between them."""
    return listing("PATTERN,…", _PATTERN, pattern)


def _scheme(text: str) -> tuple[Scheme | None, str]:
    word, separator, rest = text.partition("://")
    if not separator:
        return None, text
    try:
        return Scheme(word.lower()), rest
    except ValueError:
        raise Invalid(_PATTERN) from None


def _network(text: str, scheme: Scheme | None, rest: str) -> Pattern:
    found = _NETWORK.fullmatch(rest)
    if found is None:
        raise Invalid(_PATTERN)
    where = None if found["port"] is None else port(found["port"], _PATTERN)
    try:
        network = ip_network(f"{found['address']}/{found['bits']}")
    except ValueError:
        raise Invalid(f"{_PATTERN}, a network without host bits") from None
    return Pattern(text, scheme, where, network=network)


def _glob(text: str, *, but: str) -> re.Pattern[str]:
    anything = f"[^{but}]*"
    return re.compile(anything.join(map(re.escape, text.split("*"))))


def _matches(glob: re.Pattern[str], text: str) -> bool:
    return glob.fullmatch(text) is not None

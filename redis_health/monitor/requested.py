"""The target that a client of ``/scrape`` asks for. Pure; no look-up is made here."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Sequence
from dataclasses import dataclass

from redis_health.config import Address, Scheme, literal
from redis_health.errors import BadTarget

_DEFAULT_PORT = 6379
_SCHEMES = {
    "redis": Scheme.REDIS,
    "valkey": Scheme.REDIS,
    "rediss": Scheme.REDISS,
    "valkeys": Scheme.REDISS,
    "unix": Scheme.UNIX,
}
# ASCII alone: what else a name may be turned into on its way to the resolver is not ours to guess.
_AUTHORITY = re.compile(
    r"(?:\[(?P<v6>[0-9A-Fa-f:.]+)\]|(?P<name>[A-Za-z0-9_][A-Za-z0-9_.-]{0,252}))"
    r"(?::(?P<port>[0-9]{1,5}))?"
)
#: What sun_path has room for, the end mark left out.
_LONGEST_PATH = 107


@dataclass(frozen=True, slots=True)
class Requested:
    """A target as it was asked for, in one spelling.

    ``host`` is a name in lower case or, with ``address``, what that is written as; ``path`` belongs
    to a unix socket.
    """

    scheme: Scheme
    host: str = ""
    port: int = 0
    path: str = ""
    address: Address | None = None


def requested(values: Sequence[str]) -> Requested:
    """The target that the values of the parameter name: ``host``, ``host:port`` or a URL.

    Raises:
        BadTarget: there is none, more than one, or it is malformed.
    """
    if len(values) != 1 or not values[0]:
        raise BadTarget("expected one parameter target, as in /scrape?target=redis://host:6379")
    word, separator, rest = values[0].partition("://")
    if not separator:
        word, rest = Scheme.REDIS, values[0]
    scheme = _SCHEMES.get(word.lower())
    if scheme is None:
        raise BadTarget("target: expected the scheme redis, rediss or unix, or none")
    if scheme is Scheme.UNIX:
        return Requested(scheme, path=_path(rest))
    if "@" in rest:
        raise BadTarget("target: credentials do not belong here; bind them with scrape-credentials")
    found = _AUTHORITY.fullmatch(rest.removesuffix("/"))
    number = int(found["port"] or _DEFAULT_PORT) if found else 0
    if found is None or not 1 <= number <= 65535:
        raise BadTarget("target: expected host, host:port or [IPv6]:port, and nothing after it")
    address = literal(found["v6"] or found["name"])
    if found["v6"] and (address is None or ":" not in found["v6"]):
        raise BadTarget("target: expected an IPv6 address in the brackets")
    host = found["name"].lower() if address is None else str(address)
    return Requested(scheme, host, number, address=address)


def _path(text: str) -> str:
    # No dots that climb, and one spelling for one path; links are the operator's own.
    plain = text.startswith("/") and not text.startswith("//") and text.isprintable()
    if not plain or posixpath.normpath(text) != text or len(text.encode()) > _LONGEST_PATH:
        raise BadTarget("target: expected unix:// with an absolute path in its shortest form")
    return text

"""Redis URLs: what one says, what it leaves out, and how to show it without its password."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import unquote

from redis_health.config.addresses import host, port, split_address
from redis_health.config.kinds import whole
from redis_health.config.option import Invalid, Kind
from redis_health.config.settings import MASK

#: Whether a scheme means TLS; None is a unix socket, which says nothing of it.
_SCHEMES = {"redis": False, "valkey": False, "rediss": True, "valkeys": True, "unix": None}
_EXAMPLES = "a URL such as redis://user:password@host:6379/0, rediss://… or unix:///path?db=0"
_ADDRESS = "a URL with a host name or an IP address (IPv6 in brackets)"
_PORT = "a URL with a port from 1 to 65535"
_DATABASE = "a URL with one database number from 0 to 2147483647"
_SOCKET = "a unix URL with an absolute path (write an @ in it as %40)"

#: Bytes of a socket's path that the system has room for (sun_path, and the zero that ends it).
_LONGEST_PATH = 107
_SHORT = (
    f"a unix URL with a path of at most {_LONGEST_PATH} bytes, as the system has no room for more"
)

#: The highest number that SELECT takes.
HIGHEST_DATABASE = 2**31 - 1

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*")
# Whatever else stands where host and port belong may be a password that lost its @.
_PLAIN_AUTHORITY = re.compile(r"(\[[^\[\]@/]*\]|[^:]*)(:[0-9]*)?")
_HOST_AND_PORT = re.compile(r"[\w.-]+:[0-9]{1,5}")


@dataclass(frozen=True, slots=True, kw_only=True)
class RedisURL:
    """What a URL says; None is left out. ``shown`` is the URL with the password masked."""

    shown: str
    tls: bool | None
    host: str | None = None
    port: int | None = None
    path: str | None = None
    db: int | None = None
    username: str | None = None
    password: str | None = field(default=None, repr=False)


def _split(url: str) -> tuple[str, str, str] | None:
    """Scheme in lower case, user information and the rest; None for what is no URL.

    User information goes to the last @, so that a password may hold any character but % as it is.
    """
    scheme, separator, rest = url.partition("://")
    if not separator or not _SCHEME.fullmatch(scheme):
        return None
    scheme = scheme.lower()
    if scheme == "unix" and rest.startswith("/"):
        return scheme, "", rest
    userinfo, _, rest = rest.rpartition("@")
    return scheme, userinfo, rest


def redact_url(url: str) -> str:
    """The URL without anything that may be a password.

    What is no URL is masked as a whole, but for a plain ``host:port``.
    User information without a colon is masked too: old clients took it for the password.
    """
    parts = _split(url)
    if parts is None:
        return url if _HOST_AND_PORT.fullmatch(url) else MASK
    scheme, userinfo, rest = parts
    username, colon, _ = userinfo.partition(":")
    login = f"{username}:{MASK}@" if colon else f"{MASK}@" if userinfo else ""
    rest, hash_mark, _ = rest.partition("#")
    rest, question_mark, query = rest.partition("?")
    if not rest.startswith("/"):
        plain = _PLAIN_AUTHORITY.fullmatch(rest.partition("/")[0])
        rest = rest if plain else MASK
    tail = "?" + "&".join(map(_redact_parameter, query.split("&"))) if question_mark else ""
    return f"{scheme}://{login}{rest}{tail}{f'#{MASK}' if hash_mark else ''}"


def _redact_parameter(parameter: str) -> str:
    name, equals, value = parameter.partition("=")
    if name == "db" and value.isdecimal():
        return parameter
    return f"{name}={MASK}" if equals else MASK


def parse_url(raw: object) -> RedisURL:
    """The parts of a redis, rediss, valkey, valkeys or unix URL, percent-decoded.

    Raises Invalid with what is expected, which names an unknown parameter but no value.
    """
    url = raw.strip() if isinstance(raw, str) else ""
    parts = _split(url)
    if parts is None or parts[0] not in _SCHEMES or "#" in parts[2]:
        raise Invalid(_EXAMPLES)
    scheme, userinfo, rest = parts
    rest, _, query = rest.partition("?")
    database = _parameter(query)
    username, _, password = userinfo.partition(":")
    name = number = path = None
    if scheme == "unix":
        path = unquote(rest)
        if not path.startswith("/") or "\0" in path:
            raise Invalid(_SOCKET)
        if len(path.encode("utf-8", "surrogateescape")) > _LONGEST_PATH:
            raise Invalid(_SHORT)
    else:
        rest, _, in_path = rest.partition("/")
        if in_path and database is not None:
            raise Invalid(_DATABASE)
        database = in_path or database
        name, number = split_address(unquote(rest), _ADDRESS)
    return RedisURL(
        shown=redact_url(url),
        tls=_SCHEMES[scheme],
        host=host(name, _ADDRESS) if name else None,
        port=port(number, _PORT) if number else None,
        path=path,
        db=None if database is None else whole(database, 0, HIGHEST_DATABASE, _DATABASE),
        username=unquote(username) or None,
        password=unquote(password) or None,
    )


def _parameter(query: str) -> str | None:
    """The one parameter that there is, ``db``."""
    found = None
    for parameter in query.split("&") if query else ():
        name, equals, value = parameter.partition("=")
        if name != "db":
            culprit = f"not the parameter {name!r}" if equals else "no other"
            raise Invalid(f"a URL with the parameter db and {culprit}")
        if found is not None:
            raise Invalid(_DATABASE)
        found = value
    return found


def url_kind() -> Kind[RedisURL]:
    """A Redis URL, shown without its password."""
    return Kind(metavar="URL", parse=parse_url, show=lambda url: url.shown)

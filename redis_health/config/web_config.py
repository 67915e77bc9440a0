"""The web configuration: TLS, users and headers, in the file that Prometheus's exporters share.

Its form is that of the Prometheus exporter toolkit (docs/web-configuration.md there). What the
toolkit has and this service does not is an error that says so, or a warning where nothing is lost.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from redis_health.config.stamps import Stamp, stamp_of
from redis_health.config.web_tls import ServerTLS, server_tls
from redis_health.config.yaml_tree import Branch, parsed_yaml
from redis_health.errors import ConfigError

_SECTIONS = ("tls_server_config", "http_server_config", "basic_auth_users", "rate_limit")
_BCRYPT = re.compile(r"\$2[aby]\$(0[4-9]|[12][0-9]|3[01])\$[./A-Za-z0-9]{53}")
#: One more doubles the time of a login: with this one it takes two or three seconds.
_HIGHEST_COST = 15
#: The headers that may be set, and the values that they may have where not all are possible.
_HEADERS: Mapping[str, tuple[str, ...]] = {
    "Content-Security-Policy": (),
    "X-Frame-Options": ("deny", "sameorigin"),
    "X-Content-Type-Options": ("nosniff",),
    "X-XSS-Protection": (),
    "Strict-Transport-Security": (),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class WebConfig:
    """What the file says.

    ``name`` is the option that named it, as it was given; ``users`` has the bcrypt hash of each
    user's password. ``stamps`` tells the state of every file
    that was read, as it was before it was read.
    """

    path: Path
    name: str
    tls: ServerTLS | None = None
    users: Mapping[bytes, bytes] = field(default_factory=dict, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    stamps: Mapping[Path, Stamp] = field(default_factory=dict)

    def is_current(self) -> bool:
        """Whether none of the files has changed since it was read. Looks at the disk."""
        return all(stamp_of(path) == stamp for path, stamp in self.stamps.items())


def read_web_config(path: Path, *, name: str) -> WebConfig:
    """What the file says; ``name`` is the option as it was given.

    Raises ConfigError, which names file, line and key and never a hash, when it or a file that it
    names cannot be used.
    """
    stamps = {path: stamp_of(path)}
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise ConfigError(f"{name}: {path} cannot be read: {why}") from None
    root = parsed_yaml(text, str(path))
    sections = {} if root is None else root.branches(_SECTIONS)
    warnings: list[str] = []
    tls = None
    if "tls_server_config" in sections:
        tls = server_tls(sections["tls_server_config"], path.parent)
    if tls is not None:
        stamps |= tls.stamps
        warnings += tls.warnings
    if "rate_limit" in sections:
        told = "not supported and ignored; the number of connections has a limit of its own"
        warnings.append(str(sections["rate_limit"].wrong(told)))
    http = sections.get("http_server_config")
    return WebConfig(
        path=path,
        name=name,
        tls=tls,
        users=_users(sections["basic_auth_users"]) if "basic_auth_users" in sections else {},
        headers={} if http is None else _headers(http),
        warnings=tuple(warnings),
        stamps=stamps,
    )


def _users(section: Branch) -> dict[bytes, bytes]:
    users = {}
    for user, place in section.pairs():
        # What stands in the wrong place may be the hash: neither of them is shown.
        if not user or ":" in user:
            raise place.wrong("expected a user name, which has no colon")
        digest = place.text()
        bcrypt = _BCRYPT.fullmatch(digest)
        if bcrypt is None:
            raise place.wrong("expected the bcrypt hash ($2a$, $2b$ or $2y$) of a password")
        if int(bcrypt[1]) > _HIGHEST_COST:
            told = f"a bcrypt cost of {bcrypt[1]} would hold up all logins: at most {_HIGHEST_COST}"
            raise place.wrong(told)
        users[user.encode()] = digest.encode()
    if users:
        _check_bcrypt(section)
    return users


def _check_bcrypt(section: Branch) -> None:
    try:
        importlib.import_module("bcrypt")
    except ModuleNotFoundError:
        told = "the package bcrypt is missing: pip install 'redis-health[web]'"
        raise section.wrong(told) from None


def _headers(section: Branch) -> dict[str, str]:
    given = section.branches(("http2", "headers"))
    if "http2" in given:
        # HTTP/1.1 is spoken whichever it is: clients settle for it by themselves.
        given["http2"].switch()
    if "headers" not in given:
        return {}
    headers = {}
    for name, place in given["headers"].branches(_HEADERS).items():
        value, possible = place.text(), _HEADERS[name]
        if value and possible and value.lower() not in possible:
            raise place.wrong(f"expected {' or '.join(possible)}")
        if not value.isprintable() or not value.isascii():
            raise place.wrong("expected one line of ASCII text")
        if value:
            headers[name] = value
    return headers

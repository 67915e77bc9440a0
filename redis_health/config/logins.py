"""The file of ``scrape-credentials``. As with the TOML file, who has none pays for no parser."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from redis_health.config.option import Invalid
from redis_health.config.patterns import pattern
from redis_health.config.scrape import Login
from redis_health.config.sources import did_you_mean
from redis_health.errors import ConfigError
from redis_health.model import TLSSettings

_TABLE = "credentials"
_TLS = {
    "tls_ca_file": "ca_file",
    "tls_cert_file": "cert_file",
    "tls_key_file": "key_file",
    "tls_server_name": "server_name",
    "tls_verify": "verify",
}
_KEYS = ("target", "username", "password", "password_file", *_TLS)
_FILES = ("password_file", "tls_ca_file", "tls_cert_file", "tls_key_file")
_VERIFY = ("full", "ca", "none")


def read_logins(path: str, *, name: str) -> tuple[Login, ...]:
    """The logins of the file, in its order; ``name`` is the option as it was given.

    Raises ConfigError when it cannot be read, is not TOML, or holds an unknown key or a bad value;
    the message has no value that may be secret.
    """
    try:
        document = tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise ConfigError(f"{name}: {path} cannot be read: {why}") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{name}: {path} cannot be read: {error}") from None
    for key in document:
        if key != _TABLE:
            raise ConfigError(f"{path}: {key}: no such table{did_you_mean(key, [_TABLE])}")
    tables = document.get(_TABLE, [])
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise ConfigError(f"{path}: {_TABLE}: expected tables, each under [[{_TABLE}]]")
    return tuple(
        _login(table, f"{path}: {_TABLE} {number}") for number, table in enumerate(tables, 1)
    )


def _login(table: Mapping[str, Any], where: str) -> Login:
    for key, value in table.items():
        if key not in _KEYS:
            raise ConfigError(f"{where}: {key}: no such key{did_you_mean(key, _KEYS)}")
        if not isinstance(value, str) or not value or "\0" in value:
            raise ConfigError(f"{where}: {key}: expected text")
    if "target" not in table:
        raise ConfigError(f"{where}: target is missing")
    if "password" in table and "password_file" in table:
        raise ConfigError(f"{where}: password and password_file: expected one of them")
    if ("tls_cert_file" in table) != ("tls_key_file" in table):
        raise ConfigError(f"{where}: tls_cert_file and tls_key_file: expected both of them")
    if table.get("tls_verify", "full") not in _VERIFY:
        raise ConfigError(f"{where}: tls_verify: expected one of {', '.join(_VERIFY)}")
    for key in _FILES:
        _check_file(table, key, where)
    try:
        target = pattern(table["target"])
    except Invalid as invalid:
        raise ConfigError(f"{where}: target: expected {invalid}") from None
    tls = {field: table[key] for key, field in _TLS.items() if key in table}
    return Login(
        target=target,
        username=table.get("username"),
        password=table.get("password"),
        password_file=table.get("password_file"),
        tls=TLSSettings(**tls) if tls else None,
    )


def _check_file(table: Mapping[str, Any], key: str, where: str) -> None:
    if key in table and not Path(table[key]).exists():
        raise ConfigError(f"{where}: {key}: {table[key]} is not there")

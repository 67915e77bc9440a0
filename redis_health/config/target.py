"""The Redis to watch, out of the values in force, and what is odd about them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from redis_health.config.connection import (
    REDIS_DB,
    REDIS_HOST,
    REDIS_PASSWORD,
    REDIS_PASSWORD_FILE,
    REDIS_PORT,
    REDIS_PROTOCOL,
    REDIS_TLS,
    REDIS_TLS_CA_FILE,
    REDIS_TLS_CERT_FILE,
    REDIS_TLS_KEY_FILE,
    REDIS_TLS_SERVER_NAME,
    REDIS_TLS_VERIFY,
    REDIS_USERNAME,
)
from redis_health.config.merging import Values
from redis_health.config.option import Option
from redis_health.config.sentinels import SENTINEL_TLS
from redis_health.errors import ConfigError
from redis_health.model import Target, TLSSettings

_FILES = (REDIS_PASSWORD_FILE, REDIS_TLS_CA_FILE, REDIS_TLS_CERT_FILE, REDIS_TLS_KEY_FILE)
_NEED_TLS: tuple[Option[Any], ...] = (
    REDIS_TLS_CA_FILE,
    REDIS_TLS_CERT_FILE,
    REDIS_TLS_KEY_FILE,
    REDIS_TLS_SERVER_NAME,
    REDIS_TLS_VERIFY,
)


def build_target(values: Values) -> Target:
    """The target; ConfigError when a named file cannot be read or half a key pair is given."""
    for option in _FILES:
        check_file(values, option)
    _check_key_pair(values)
    socket = values.socket
    return Target(
        host=values[REDIS_HOST],
        port=values[REDIS_PORT],
        path=socket,
        db=values[REDIS_DB],
        resp=values[REDIS_PROTOCOL],
        username=values[REDIS_USERNAME],
        password=values[REDIS_PASSWORD],
        password_file=values[REDIS_PASSWORD_FILE],
        tls=tls_settings(values) if values[REDIS_TLS] and socket is None else None,
    )


def tls_settings(values: Values) -> TLSSettings:
    """How TLS is spoken, wherever it is."""
    return TLSSettings(
        ca_file=values[REDIS_TLS_CA_FILE],
        cert_file=values[REDIS_TLS_CERT_FILE],
        key_file=values[REDIS_TLS_KEY_FILE],
        server_name=values[REDIS_TLS_SERVER_NAME],
        verify=values[REDIS_TLS_VERIFY],
    )


def target_warnings(values: Values) -> Iterator[str]:
    """TLS settings that come to nothing."""
    over_socket = values.socket is not None
    if over_socket and values[REDIS_TLS]:
        yield f"{values.name(REDIS_TLS)} has no effect on a unix socket"
    elif not values[REDIS_TLS] and not values[SENTINEL_TLS]:
        for option in _NEED_TLS:
            if option in values and values[option] is not None:
                yield f"{values.name(option)} has no effect without TLS"


def check_file(values: Values, option: Option[str | None]) -> None:
    """ConfigError when the file that is named cannot be read."""
    path = values[option]
    if path is None:
        return
    why = None
    try:
        if Path(path).is_dir():
            why = "it is a directory"
        # Opening it would empty a pipe that only the real reader should read.
        elif not os.access(path, os.R_OK):
            Path(path).stat()
            why = "permission denied"
    except OSError as error:
        why = error.strerror
    if why:
        raise ConfigError(f"{values.name(option)}: {path} cannot be read: {why}")


def _check_key_pair(values: Values) -> None:
    for one, other in (
        (REDIS_TLS_CERT_FILE, REDIS_TLS_KEY_FILE),
        (REDIS_TLS_KEY_FILE, REDIS_TLS_CERT_FILE),
    ):
        if values[one] is not None and values[other] is None:
            raise ConfigError(
                f"{values.name(one)}: expected {other.name} with it "
                "(the same path where one file holds both)"
            )

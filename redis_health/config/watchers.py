"""The Sentinels to ask, out of the values in force."""

from __future__ import annotations

from collections.abc import Iterator

from redis_health.config.merging import Values
from redis_health.config.sentinels import (
    SENTINEL_MASTER,
    SENTINEL_PASSWORD,
    SENTINEL_PASSWORD_FILE,
    SENTINEL_TLS,
    SENTINEL_USERNAME,
    SENTINELS,
    SENTINELS_GROUP,
)
from redis_health.config.target import check_file, tls_settings
from redis_health.errors import ConfigError
from redis_health.model import Target, Watchers


def build_watchers(values: Values) -> Watchers | None:
    """The Sentinels with the login to them; None where there are none.

    Raises ConfigError for a primary that nobody watches, and for a file that cannot be read.
    """
    check_file(values, SENTINEL_PASSWORD_FILE)
    addresses = values[SENTINELS]
    if not addresses:
        if values[SENTINEL_MASTER] is not None:
            raise ConfigError(f"{values.name(SENTINEL_MASTER)}: expected {SENTINELS.name} with it")
        return None
    tls = tls_settings(values) if values[SENTINEL_TLS] else None
    return Watchers(
        sentinels=tuple(
            Target(
                host=address.host,
                port=address.port,
                username=values[SENTINEL_USERNAME],
                password=values[SENTINEL_PASSWORD],
                password_file=values[SENTINEL_PASSWORD_FILE],
                tls=tls,
            )
            for address in addresses
        ),
        primary=values[SENTINEL_MASTER],
    )


def watcher_warnings(values: Values) -> Iterator[str]:
    """Settings that come to nothing without Sentinels."""
    if values[SENTINELS]:
        return
    for option in SENTINELS_GROUP:
        if values[option]:
            yield f"{values.name(option)} has no effect without {SENTINELS.name}"

"""The values in force, out of all sources: a URL unfolded, a higher source above a lower one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from redis_health.config.connection import (
    REDIS_DB,
    REDIS_HOST,
    REDIS_PASSWORD,
    REDIS_PASSWORD_FILE,
    REDIS_PORT,
    REDIS_TLS,
    REDIS_URL,
    REDIS_USERNAME,
)
from redis_health.config.option import Option
from redis_health.config.sentinels import SENTINEL_PASSWORD, SENTINEL_PASSWORD_FILE
from redis_health.config.sources import Given, Layer
from redis_health.config.urls import RedisURL

T = TypeVar("T")

_ADDRESS = (REDIS_HOST.name, REDIS_PORT.name)
#: The two places that a password may stand in.
_PASSWORDS = (
    (REDIS_PASSWORD, REDIS_PASSWORD_FILE),
    (SENTINEL_PASSWORD, SENTINEL_PASSWORD_FILE),
)


@dataclass(frozen=True, slots=True)
class Values:
    """The values in force: what was given, and for the rest the defaults."""

    given: Mapping[str, Given]

    def __getitem__(self, option: Option[T]) -> T:
        """The value of the option."""
        given = self.given.get(option.name)
        if given is None:
            return option.default
        value: T = given.value
        return value

    def __contains__(self, option: Option[Any]) -> bool:
        """Whether anybody gave the option."""
        return option.name in self.given

    def name(self, option: Option[Any]) -> str:
        """The option as it was given, or its name."""
        given = self.given.get(option.name)
        return option.name if given is None else given.name

    @property
    def socket(self) -> str | None:
        """The unix socket to connect to, None for TCP."""
        # merge() leaves a host or a port beside a socket only when they come from above it.
        over_tcp = any(name in self.given for name in _ADDRESS)
        return None if over_tcp else self[REDIS_URL].path


def merge(layers: Sequence[Layer]) -> tuple[Values, list[str]]:
    """The values in force and warnings about contradictions; the lowest layer comes first.

    Only the highest URL counts, in its own layer: it wins over the single options there and
    leaves to them what it does not say. Then field goes by field, the higher layer first.
    """
    warnings: list[str] = []
    merged: dict[str, Given] = {}
    highest = max((i for i, layer in enumerate(layers) if REDIS_URL.name in layer), default=None)
    for index, layer in enumerate(layers):
        given = dict(layer)
        if index == highest:
            warnings += _unfold(given)
            if given[REDIS_URL.name].value.path is not None:
                _drop(merged, _ADDRESS)
        for in_text, in_file in _PASSWORDS:
            warnings += _settle_password(given, merged, in_text, in_file)
        merged |= given
    return Values(merged), warnings


def _unfold(given: dict[str, Given]) -> list[str]:
    """Put what the URL says in the place of the single options; warns of each contradiction."""
    warnings = []
    url = given[REDIS_URL.name]
    said = {option.name: value for option, value in _fields(url.value) if value is not None}
    excluded: list[str] = []
    if url.value.path is not None:
        excluded += _ADDRESS
    if url.value.password is not None:
        excluded.append(REDIS_PASSWORD_FILE.name)
    for name in excluded:
        said[name] = None
    for name, value in said.items():
        single = given.pop(name, None)
        if single is not None and single.value != value:
            warnings.append(f"{single.name} is ignored: {url.name} says otherwise")
        if value is not None:
            given[name] = Given(value, url.name, url.origin)
    return warnings


def _fields(url: RedisURL) -> tuple[tuple[Option[Any], object], ...]:
    return (
        (REDIS_HOST, url.host),
        (REDIS_PORT, url.port),
        (REDIS_DB, url.db),
        (REDIS_USERNAME, url.username),
        (REDIS_PASSWORD, url.password),
        (REDIS_TLS, url.tls),
    )


def _settle_password(
    given: dict[str, Given],
    merged: dict[str, Given],
    in_text: Option[str | None],
    in_file: Option[str | None],
) -> list[str]:
    """Leave one place for a password: a file before a text, a higher layer before a lower."""
    text, file = _set(given, in_text), _set(given, in_file)
    if file is None:
        if text is not None:
            _drop(merged, (in_file.name,))
        return []
    for place in (given, merged):
        _drop(place, (in_text.name,))
    return [] if text is None else [f"{text.name} is ignored: {file.name} is given too"]


def _set(given: Mapping[str, Given], option: Option[str | None]) -> Given | None:
    """What is given for the option, unless it is given as empty."""
    found = given.get(option.name)
    return None if found is None or found.value is None else found


def _drop(place: dict[str, Given], names: Sequence[str]) -> None:
    for name in names:
        place.pop(name, None)

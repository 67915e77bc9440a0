"""Where values come from: the command line, the environment and the TOML file."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from redis_health.config.connection import REDIS_URL
from redis_health.config.option import Invalid, Option
from redis_health.config.service import PREFIX
from redis_health.config.urls import redact_url
from redis_health.errors import ConfigError

# What Kubernetes puts into the environment for a Service named redis or redis-health.
_LINK_NAME = re.compile(
    PREFIX + r"(PORT(_.*)?|SERVICE_.*|.*_SERVICE_(HOST|PORT)(_.*)?"
    r"|.*_PORT_\d+_(TCP|UDP|SCTP)(_.*)?)"
)
_LINK_VALUE = re.compile(r"(tcp|udp|sctp)://.*")
# Lower, and the prefix that all names share makes strangers look alike.
_CLOSE = 0.8
_LONGEST_SHOWN = 120


@dataclass(frozen=True, slots=True)
class Given:
    """A value that somebody gave.

    ``name`` is the option as they gave it (``--redis-host``, ``REDIS_HOST``,
    ``PATH: redis_host``), ``origin`` the same with the kind of source.
    """

    value: Any = field(repr=False)
    name: str
    origin: str


#: What one source gives, by the option's name.
Layer = Mapping[str, Given]


def flags_layer(catalogue: Sequence[Option[Any]], flags: Mapping[str, object | None]) -> Layer:
    """What the command line gives: a mapping by ``Option.key``, None for what it leaves out."""
    known = {option.key: option for option in catalogue if option.flag}
    layer = {}
    for key, raw in flags.items():
        option = known.get(key)
        if option is None:
            raise ConfigError(f"--{key.replace('_', '-')}: no such flag")
        if raw is not None:
            name = option.flag_name
            layer[option.name] = parsed(option, raw, name=name, origin=f"flag {name}")
    return layer


def environment_layer(catalogue: Sequence[Option[Any]], environ: Mapping[str, str]) -> Layer:
    """What the environment gives. Empty variables count as not set, service links are ignored."""
    layer = {}
    for option in catalogue:
        raw = environ.get(option.env, "")
        if raw and not _is_link(option, raw):
            name = option.env
            layer[option.name] = parsed(option, raw, name=name, origin=f"environment {name}")
    return layer


def unknown_variables(catalogue: Sequence[Option[Any]], environ: Mapping[str, str]) -> list[str]:
    """A warning for each variable that looks like ours and is none, service links left out."""
    known = [option.env for option in catalogue]
    return [
        f"{name}: no such variable{did_you_mean(name, known)}"
        for name in sorted(environ)
        if name.startswith(PREFIX) and name not in known and not _LINK_NAME.fullmatch(name)
    ]


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """A hint at the known name that is closest, empty when none is close."""
    close = difflib.get_close_matches(name, list(known), n=1, cutoff=_CLOSE)
    return f"; did you mean {close[0]}?" if close else ""


def parsed(option: Option[Any], raw: object, *, name: str, origin: str) -> Given:
    """The value of one option; ConfigError names the option, the value and what is expected."""
    try:
        value = option.kind.parse(raw)
    except Invalid as invalid:
        culprit = "" if option.secret else f", not {_quoted(option, raw)}"
        raise ConfigError(f"{name}: expected {invalid}{culprit}") from None
    return Given(value, name, origin)


def _quoted(option: Option[Any], raw: object) -> str:
    """The value for an error message: short, and without the password of a misplaced URL."""
    text = raw if isinstance(raw, str) else repr(raw)
    suspect = option is REDIS_URL or "://" in text or "@" in text
    written = repr(redact_url(text) if suspect else raw)
    return written if len(written) <= _LONGEST_SHOWN else f"{written[:_LONGEST_SHOWN]}…"


def _is_link(option: Option[Any], raw: str) -> bool:
    # No Service link is called REDIS_URL: there tcp:// is a mistake. A password may be anything.
    linkable = option is not REDIS_URL and not option.secret
    return linkable and _LINK_VALUE.fullmatch(raw.strip()) is not None

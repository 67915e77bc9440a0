"""The options of ``/scrape``: what may be scraped through this service, and as whom."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from redis_health.config.kinds import integer, listing, seconds, text
from redis_health.config.merging import Values
from redis_health.config.option import Invalid, Option
from redis_health.config.patterns import Pattern, Scheme, patterns_kind
from redis_health.config.service import LONGEST, PREFIX
from redis_health.model import TLSSettings

_SCRAPE = "Scrape"
_SCHEMES = "schemes with commas between, of " + ", ".join(Scheme)


def _scheme(word: str) -> Scheme:
    try:
        return Scheme(word.lower())
    except ValueError:
        raise Invalid(_SCHEMES) from None


SCRAPE_ALLOW = Option(
    name="scrape-allow",
    env=PREFIX + "SCRAPE_ALLOW",
    kind=patterns_kind(),
    default=(),
    help="Targets of /scrape: host:port, a host with *, or a network for what its name leads to.",
    group=_SCRAPE,
)
SCRAPE_SCHEMES = Option(
    name="scrape-schemes",
    env=PREFIX + "SCRAPE_SCHEMES",
    kind=listing("SCHEME,…", _SCHEMES, _scheme),
    default=(Scheme.REDIS,),
    help=f"Schemes that a target of /scrape may have, of {', '.join(Scheme)}.",
    group=_SCRAPE,
)
SCRAPE_CREDENTIALS = Option(
    name="scrape-credentials",
    env=PREFIX + "SCRAPE_CREDENTIALS",
    kind=text("PATH"),
    default=None,
    help="TOML file with the logins for targets of /scrape; those of Redis itself never go there.",
    group=_SCRAPE,
)
SCRAPE_TARGETS = Option(
    name="scrape-targets",
    env=PREFIX + "SCRAPE_TARGETS",
    kind=integer(1, 10_000),
    default=100,
    help="Most targets of /scrape to watch at a time; beyond it the least recent is let go.",
    group=_SCRAPE,
)
SCRAPE_IDLE = Option(
    name="scrape-idle",
    env=PREFIX + "SCRAPE_IDLE",
    kind=seconds(1, LONGEST),
    default=300.0,
    help="Time after its last scrape for which a target of /scrape is still watched.",
    group=_SCRAPE,
)

SCRAPE: tuple[Option[Any], ...] = (
    SCRAPE_ALLOW,
    SCRAPE_SCHEMES,
    SCRAPE_CREDENTIALS,
    SCRAPE_TARGETS,
    SCRAPE_IDLE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """A login for the targets of one pattern, and for no other.

    With ``tls`` it is for TLS alone: the password is never sent in the clear.
    """

    target: Pattern
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    password_file: str | None = None
    tls: TLSSettings | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ScrapeSettings:
    """What the operator decides of ``/scrape``.

    Nothing is allowed that ``allow`` does not admit. The first of the ``logins`` that fits a target
    is its login. ``targets`` is how many are watched at a time, ``idle`` for how many seconds after
    the last scrape.
    """

    allow: tuple[Pattern, ...] = SCRAPE_ALLOW.default
    schemes: frozenset[Scheme] = frozenset(SCRAPE_SCHEMES.default)
    logins: tuple[Login, ...] = ()
    targets: int = SCRAPE_TARGETS.default
    idle: float = SCRAPE_IDLE.default


def scrape_settings(values: Values) -> ScrapeSettings:
    """The settings; ConfigError when the file of the logins is not as it should be."""
    path, schemes = values[SCRAPE_CREDENTIALS], values[SCRAPE_SCHEMES]
    logins: tuple[Login, ...] = ()
    if path is not None:
        from redis_health.config.logins import read_logins  # noqa: PLC0415 - see that module

        logins = read_logins(path, name=values.name(SCRAPE_CREDENTIALS))
    return ScrapeSettings(
        allow=values[SCRAPE_ALLOW],
        schemes=frozenset(schemes),
        logins=logins,
        targets=values[SCRAPE_TARGETS],
        idle=values[SCRAPE_IDLE],
    )

"""The options that say which Sentinels watch over the Redis, and as whom we ask them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from redis_health.config.addresses import host, port, split_address
from redis_health.config.kinds import listing, switch, text
from redis_health.config.option import Invalid, Kind, Option
from redis_health.config.service import PREFIX

_GROUP = "Sentinels"
_DEFAULT_PORT = 26379
_EXPECTED = "addresses such as sentinel-1:26379 or [::1]:26379, each once, with commas between"


@dataclass(frozen=True, slots=True)
class SentinelAddress:
    """Where a Sentinel listens."""

    host: str
    port: int

    def __str__(self) -> str:
        """As the operator writes it: ``sentinel-1:26379``, ``[::1]:26379``."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def _address(written: str) -> SentinelAddress:
    name, number = split_address(written, _EXPECTED)
    found = _DEFAULT_PORT if number is None else port(number, _EXPECTED)
    return SentinelAddress(host(name, _EXPECTED), found)


def _addresses() -> Kind[tuple[SentinelAddress, ...]]:
    several = listing("HOST[:PORT],…", _EXPECTED, _address)

    def parse(raw: object) -> tuple[SentinelAddress, ...]:
        found = several.parse(raw)
        if len(set(found)) < len(found):
            raise Invalid(_EXPECTED)
        return found

    return Kind(metavar=several.metavar, parse=parse, show=several.show)


SENTINELS = Option(
    name="sentinels",
    env=PREFIX + "SENTINELS",
    kind=_addresses(),
    default=(),
    help=(
        "Sentinels that watch over this Redis: they are asked whether it is the primary, and "
        "whether they could fail over. Without a port it is 26379."
    ),
    group=_GROUP,
)
SENTINEL_MASTER = Option(
    name="sentinel-master",
    env=PREFIX + "SENTINEL_MASTER",
    kind=text("NAME"),
    default=None,
    help="Name under which they watch the primary; not needed where they watch one alone.",
    group=_GROUP,
)
SENTINEL_USERNAME = Option(
    name="sentinel-username",
    env=PREFIX + "SENTINEL_USERNAME",
    kind=text("NAME"),
    default=None,
    help="ACL user of the Sentinels; without one the user is default.",
    group=_GROUP,
)
SENTINEL_PASSWORD = Option(
    name="sentinel-password",
    env=PREFIX + "SENTINEL_PASSWORD",
    kind=text(),
    default=None,
    help="Password of the Sentinels, where they ask for one; there is no flag for it.",
    group=_GROUP,
    secret=True,
    flag=False,
)
SENTINEL_PASSWORD_FILE = Option(
    name="sentinel-password-file",
    env=PREFIX + "SENTINEL_PASSWORD_FILE",
    kind=text("PATH"),
    default=None,
    help="File with that password, read again when a Sentinel refuses the login.",
    group=_GROUP,
)
SENTINEL_TLS = Option(
    name="sentinel-tls",
    env=PREFIX + "SENTINEL_TLS",
    kind=switch(),
    default=False,
    help="Speak TLS to the Sentinels, with the files and the verification of the TLS to Redis.",
    group=_GROUP,
)

SENTINELS_GROUP: tuple[Option[Any], ...] = (
    SENTINELS,
    SENTINEL_MASTER,
    SENTINEL_USERNAME,
    SENTINEL_PASSWORD,
    SENTINEL_PASSWORD_FILE,
    SENTINEL_TLS,
)

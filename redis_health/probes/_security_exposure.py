"""Whether strangers get in: the default user, bind and protected-mode."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address

from redis_health.errors import RedisFault
from redis_health.model import Condition, InfoReply, Knock, Metric, Reader
from redis_health.probes._security_findings import Looked, several, shown
from redis_health.probes._security_rights import stamp
from redis_health.probes._server import version

EXPOSED = Metric(
    name="redis_security_exposed",
    help="1 where commands are served without a login beyond loopback (a connection without a"
    " login; CONFIG GET: bind, protected-mode), 0 where not, absent where it cannot be known.",
)

OPEN_TO_NETWORK = Condition(
    code="OPEN_TO_NETWORK",
    summary="whoever reaches the port is served without a login",
    advice="CONFIG SET protected-mode yes shuts strangers out at once; then set requirepass or"
    " bind 127.0.0.1, and CONFIG REWRITE",
)
DEFAULT_USER_OPEN = Condition(
    code="DEFAULT_USER_OPEN",
    summary="the default user has dangerous rights and no password",
    advice="CONFIG SET requirepass, or ACL SETUSER default off where everybody else has a user",
    note=True,
)
PROTECTED_MODE_OFF = Condition(
    code="PROTECTED_MODE_OFF",
    summary="protected mode is off although there is no password",
    advice="CONFIG SET protected-mode yes, or set requirepass",
    note=True,
)
_EMPTY_IS_NOWHERE = (7,)
CONDITIONS = (OPEN_TO_NETWORK, DEFAULT_USER_OPEN, PROTECTED_MODE_OFF)


@dataclass(frozen=True, slots=True)
class Exposure:
    """Who is served without a login; None is not known.

    ``served`` is whether anybody is, ``peer`` an address beyond loopback at which we were. The
    others are of CONFIG: whether the server listens beyond loopback (``wide``, on ``bind``), and
    whether its protected mode is on.
    """

    served: bool | None
    peer: str | None
    wide: bool | None
    bind: str
    protected: bool | None

    @property
    def exposed(self) -> bool | None:
        """Whether a stranger on the network is served."""
        if self.served is False:
            return False
        if self.served and (self.peer is not None or (self.wide and self.protected is False)):
            return True
        return False if self.wide is False or self.protected else None

    def looked(self, rights: tuple[str, ...] | None) -> Iterable[Looked]:
        """What is wrong with it; ``rights`` are the dangerous ones of the default user."""
        exposed = self.exposed
        if exposed is not None:
            yield Looked(OPEN_TO_NETWORK, self._told() if exposed else None)
        if self.served is False:
            yield Looked(DEFAULT_USER_OPEN)
            yield Looked(PROTECTED_MODE_OFF)
        elif self.served:
            if rights is not None:
                yield Looked(DEFAULT_USER_OPEN, _default_user(rights), note=not exposed)
            if self.protected is not None:
                told = None if self.protected else "protected-mode is no and there is no password"
                yield Looked(PROTECTED_MODE_OFF, told, note=not self.wide)

    def _told(self) -> str:
        if self.peer is not None:
            return f"commands are served without a login at {self.peer}"
        return f"commands are served without a login to everybody who reaches bind {self.bind}"


@dataclass(frozen=True, slots=True)
class Met:
    """What a stranger met, and the ``stamp`` of the server's rights at that time."""

    stamp: tuple[str, ...]
    knock: Knock


async def exposure(
    reader: Reader, info: InfoReply, config: Mapping[str, str]
) -> tuple[Exposure, Met | None]:
    """What is known now, and what to remember as the fact ``met``."""
    wide = _listens_widely(config, version(info)) if "bind" in config else None
    protected = config["protected-mode"] == "yes" if "protected-mode" in config else None
    met = await _met(reader, info, suspect=bool(wide and protected is False))
    found = Exposure(
        served=None if met is None else met.knock.served,
        peer=_peer(reader, met),
        wide=wide,
        bind=shown(config.get("bind", "")),
        protected=protected,
    )
    return found, met


async def _met(reader: Reader, info: InfoReply, *, suspect: bool) -> Met | None:
    """Knocks where it is no news to the server, or where nothing else would tell.

    A server that asks for a login counts an error for each knock, and an operator may count these:
    it is asked once, and again when a command has changed users or parameters.
    """
    access, now, before = reader.access, stamp(info), reader.last.get("met")
    if access.user is not None or access.password:
        if not suspect:
            return None
        if isinstance(before, Met) and before.stamp == now and not before.knock.served:
            return before
        if before is None and access.user is None:
            # AUTH with nothing but a password is refused where the default user needs none.
            return Met(now, Knock(served=False))
    try:
        return Met(now, await reader.knock())
    except RedisFault:
        # That new connections fail is told elsewhere.
        return before if isinstance(before, Met) else None


def _peer(reader: Reader, met: Met | None) -> str | None:
    if met is None or not met.knock.served or met.knock.peer is None:
        return None
    # With a certificate we are no stranger, whatever name we go by.
    return None if reader.access.certificate or is_loopback(met.knock.peer) else met.knock.peer


def _listens_widely(config: Mapping[str, str], server: tuple[int, ...]) -> bool:
    certified = config.get("tls-auth-clients") == "yes"
    tls = config.get("tls-port", "0") != "0"
    if config.get("port", "0") == "0" and (certified or not tls):
        return False
    words = config["bind"].split()
    if not words:
        # Redis 6 listens everywhere then, and later servers nowhere.
        return server < _EMPTY_IS_NOWHERE
    return not is_loopback_alone(words)


def is_loopback_alone(bind: Sequence[str]) -> bool:
    """Whether all the words of ``bind`` are; a dash before one means that it may be missing."""
    return all(is_loopback(word.removeprefix("-")) for word in bind)


def is_loopback(host: str) -> bool:
    """Whether an address, or ``localhost``, is reached from the same machine alone."""
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return host == "localhost"
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return (mapped or address).is_loopback


def _default_user(rights: tuple[str, ...]) -> str | None:
    if not rights:
        return None
    return f"the default user needs no password and may run {several(rights)}"

"""Which targets of ``/scrape`` are let in, and as whom; what was judged is what is dialled."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from math import inf

from redis_health.config import Address, Login, Scheme, ScrapeSettings
from redis_health.errors import OwnFault, ScrapesExhausted, TargetNotAllowed
from redis_health.model import Target, TLSSettings
from redis_health.monitor.lookups import Lookups
from redis_health.monitor.requested import Requested

#: Seconds for which the addresses of a name are good, where they are what it was admitted by.
LOOKED_UP_FOR = 30.0

_NOT_LISTED = "the target is not allowed: scrape-allow lists neither its name nor its address"


class Unresolved(TargetNotAllowed):
    """The addresses on which to judge cannot be had at present."""

    def __init__(self) -> None:
        # As for what is not listed: nobody learns here which names there are.
        super().__init__(_NOT_LISTED)


@dataclass(frozen=True, slots=True)
class Admission:
    """A target that is let in, and the moment on the loop's clock until which that holds."""

    target: Target
    until: float = inf


class Gate:
    """Judges targets by the operator's settings. It connects to nothing."""

    def __init__(self, settings: ScrapeSettings) -> None:
        self._settings = settings
        self._lookups = Lookups()

    async def admit(self, asked: Requested) -> Admission:
        """The target to watch.

        A name that is listed is dialled by name. Where an address is what is listed, those that
        were judged are pinned, so that no later answer of a name server leads elsewhere.

        Raises:
            TargetNotAllowed: nothing in the settings admits it.
            ScrapesExhausted: too many names are being looked up, or this process cannot ask.
        """
        if asked.scheme not in self._settings.schemes:
            raise TargetNotAllowed("the target is not allowed: scrape-schemes lacks its scheme")
        if asked.scheme is Scheme.UNIX:
            return self._socket(asked)
        if asked.address is not None:
            if not self._allows(asked, asked.address):
                raise TargetNotAllowed(_NOT_LISTED)
            return Admission(self._target(asked, (asked.address,)))
        named = (asked.scheme, asked.host, asked.port)
        if any(pattern.admits_name(*named) for pattern in self._settings.allow):
            return Admission(self._target(asked, ()))
        return await self._by_address(asked)

    def close(self) -> None:
        """Ends the look-ups that are under way."""
        self._lookups.close()

    async def _by_address(self, asked: Requested) -> Admission:
        # A name that no address could make good is not even looked up.
        where = (asked.scheme, asked.port)
        if not any(pattern.admits_addresses(*where) for pattern in self._settings.allow):
            raise TargetNotAllowed(_NOT_LISTED)
        try:
            found = await self._lookups.addresses(asked.host, asked.port)
        except OSError:
            raise Unresolved from None
        except OwnFault as fault:
            raise ScrapesExhausted("the service cannot look up names at present") from fault
        admitted = tuple(address for address in found if self._allows(asked, address))
        if not admitted:
            raise TargetNotAllowed(_NOT_LISTED)
        until = asyncio.get_running_loop().time() + LOOKED_UP_FOR
        return Admission(self._target(asked, admitted), until)

    def _allows(self, asked: Requested, address: Address) -> bool:
        return any(
            pattern.admits_address(asked.scheme, address, asked.port)
            for pattern in self._settings.allow
        )

    def _socket(self, asked: Requested) -> Admission:
        if not any(pattern.admits_path(asked.path) for pattern in self._settings.allow):
            raise TargetNotAllowed("the target is not allowed: scrape-allow does not list its path")
        fitting = (each for each in self._settings.logins if each.target.admits_path(asked.path))
        return Admission(_with_login(Target(path=asked.path), next(fitting, None)))

    def _target(self, asked: Requested, addresses: tuple[Address, ...]) -> Target:
        over_tls = asked.scheme is Scheme.REDISS
        fitting = (each for each in self._settings.logins if _is_for(each, asked, addresses))
        login = next(fitting, None)
        tls = (login.tls if login is not None else None) or TLSSettings()
        target = Target(
            host=asked.host,
            port=asked.port,
            # Sorted: name servers take turns in their order.
            addresses=tuple(sorted(map(str, addresses))),
            tls=tls if over_tls else None,
        )
        return _with_login(target, login)


def _is_for(login: Login, asked: Requested, addresses: tuple[Address, ...]) -> bool:
    """Whether a login belongs to the target: by its name, or by every address it is dialled at."""
    if login.tls is not None and asked.scheme is not Scheme.REDISS:
        return False
    if asked.address is None and login.target.admits_name(asked.scheme, asked.host, asked.port):
        return True
    return bool(addresses) and all(
        login.target.admits_address(asked.scheme, address, asked.port) for address in addresses
    )


def _with_login(target: Target, login: Login | None) -> Target:
    if login is None:
        return target
    return replace(
        target,
        username=login.username,
        password=login.password,
        password_file=login.password_file,
    )

"""Pools and gates with settings in the operator's words, and names that the test resolves."""

from __future__ import annotations

import socket
from collections.abc import Iterable, Mapping
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from redis_health.config import Login, Scheme, ScrapeSettings
from redis_health.config.patterns import pattern
from redis_health.monitor import ScrapePool
from redis_health.probes import catalogue

_ALL = frozenset(Scheme)


def allowing(
    *patterns: str,
    schemes: Iterable[Scheme] = _ALL,
    logins: Iterable[Login] = (),
    targets: int = 100,
    idle: float = 300.0,
) -> ScrapeSettings:
    return ScrapeSettings(
        allow=tuple(map(pattern, patterns)),
        schemes=frozenset(schemes),
        logins=tuple(logins),
        targets=targets,
        idle=idle,
    )


def login(target: str, **fields: Any) -> Login:
    return Login(target=pattern(target), **fields)


def pool_of(settings: ScrapeSettings, registry: CollectorRegistry | None = None) -> ScrapePool:
    return ScrapePool(settings, probes=catalogue(), registry=registry or CollectorRegistry())


class Names:
    """What names resolve to from now on; every other name does not resolve.

    ``asked`` has the names that were looked up. Nobody's name server can be told what to answer,
    and it is the change of an answer that matters here.
    """

    def __init__(self, patch: pytest.MonkeyPatch, known: Mapping[str, list[str]]) -> None:
        self.known = dict(known)
        self.asked: list[str] = []
        self._real = socket.getaddrinfo
        patch.setattr(socket, "getaddrinfo", self._answer)

    def _answer(self, host: str, port: int, *rest: Any, **options: Any) -> list[Any]:
        if options.get("flags", 0) & socket.AI_NUMERICHOST:
            return self._real(host, port, *rest, **options)
        self.asked.append(host)
        if host not in self.known:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        found: list[Any] = []
        for address in self.known[host]:
            found += self._real(address, port, *rest, **options)
        return found

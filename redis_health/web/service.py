"""What the handlers share: the service as the outside sees it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from aiohttp import web

from redis_health.errors import TargetNotAllowed
from redis_health.exposition import Exposition
from redis_health.model import Clock, Probe, Snapshot, Target, Verdict


class Watched(Protocol):
    """What the endpoints ask of a Monitor. All of it is answered from memory."""

    @property
    def target(self) -> Target:
        """Which Redis is watched."""

    @property
    def clock(self) -> Clock:
        """The clocks by which ages are told."""

    @property
    def probes(self) -> Sequence[Probe]:
        """The probes that run."""

    @property
    def snapshot(self) -> Snapshot:
        """Everything that is known at this moment."""

    @property
    def verdict(self) -> Verdict:
        """The judgement in force at this moment."""

    @property
    def exposition(self) -> Exposition:
        """The metrics, as bytes."""

    def judged_without(self, excluded: frozenset[str]) -> Verdict:
        """The judgement as if these checks did not exist."""

    def stuck(self) -> tuple[str, ...]:
        """The names of the probe tasks that make no progress."""


class Scrapes(Protocol):
    """What /scrape asks of the targets that are watched beside the monitor's."""

    async def scrape(self, values: Sequence[str], *, within: float) -> Exposition:
        """What is known of the target that the values of the parameter name.

        Raises:
            ScrapeRefused: it is malformed or not allowed, or there is no place for it.
        """


class NoScrapes:
    """For a service that watches nothing beside its own Redis."""

    async def scrape(self, values: Sequence[str], *, within: float) -> Exposition:  # noqa: ARG002
        """As ``Scrapes``; no target is allowed."""
        raise TargetNotAllowed("no target is allowed here")


@dataclass(slots=True, kw_only=True)
class Service:
    """One monitor and what its endpoints tell beside it.

    ``hostname`` is this host's, ``version`` that of redis-health. ``draining`` is set when the
    service is told to stop; ``drain_delay`` is how many seconds it then still answers.
    """

    monitor: Watched
    hostname: str
    version: str
    drain_delay: float
    scrapes: Scrapes = field(default_factory=NoScrapes)
    draining: bool = False
    _started: bool = field(default=False, init=False, repr=False)

    @property
    def started(self) -> bool:
        """Whether every check has finished a round once; true for good from then on."""
        if not self._started:
            self._started = self.monitor.snapshot.settled
        return self._started


SERVICE = web.AppKey("SERVICE", Service)

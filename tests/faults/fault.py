"""What is declared of a fault: what is done, and what must be said of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from tests.kinds import DEFAULT_KIND

if TYPE_CHECKING:
    from tests.faults.lab import Lab

Inject = Callable[["Lab"], AbstractContextManager[None]]
Prepare = Callable[["Lab"], None]
#: What a service is told beside which nobody writes.
READS_ONLY = ("--require", "connect,authenticate,read")
_STATUS = {"up": "ok", "degraded": "degraded", "down": "error"}


class Group(StrEnum):
    """The classes of faults, in the order of the report."""

    PROCESS = "process"
    NETWORK = "network"
    LOGIN = "login"
    TLS = "TLS"
    PERSISTENCE = "persistence"
    MEMORY = "memory"
    EXECUTION = "execution"
    REPLICATION = "replication"
    CLUSTER = "Cluster"
    SENTINEL = "Sentinel"
    SIDECAR = "the service itself"


@dataclass(frozen=True, slots=True)
class Seen:
    """What was found once the verdict stood; ``seconds`` and ``bound`` tell how soon it did."""

    state: str
    code: str
    seconds: float
    bound: float
    message: str = ""
    advice: str = ""


#: Watches the service from the moment at which the damage is done (monotonic seconds) until the
#: verdict stands; AssertionError when it is not the expected one.
Watch = Callable[["Lab", float], Seen]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that goes wrong, and what is to be said of it.

    ``row`` is its number in the matrix of faults, None for one beyond it; a row with two phases is
    two faults. ``inject`` is entered to do the damage and left to repair it; ``prepare`` sets up
    what is to be damaged, before the service starts.

    ``code`` of None means that nothing is to be said. ``told`` must be in the reason's message and
    ``advised`` in its advice. ``redis_up`` is the metric, None where it must be absent. ``readyz``
    is given where it does not follow from ``state``; a status of 0 stands for no answer at all.

    ``arguments`` and ``environment`` are the service's, ``config`` and ``options`` the server's.
    ``at_start`` damages before the service starts. ``within`` replaces the bound that the service
    publishes, in seconds, where the rule has a limit of its own. ``recovers`` is false where there
    is no way back within a test; ``recovery`` bounds the seconds until a repair shows, and
    ``lasts`` is how long the verdict must stand after it all the same. ``watch`` replaces how the
    verdict is waited for, and ``rivals`` is false where there is nothing to ask them. ``seconds``
    is about how long the scene takes: long ones begin first.
    """

    name: str
    group: Group
    inject: Inject
    code: str | None
    state: str
    prepare: Prepare | None = None
    row: int | None = None
    told: str = ""
    advised: str = ""
    redis_up: int | None = 1
    livez: int = 200
    readyz: int | None = None
    arguments: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    config: Mapping[str, str | int] = field(default_factory=dict)
    kind: str = DEFAULT_KIND
    tls: bool = False
    at_start: bool = False
    within: float | None = None
    recovers: bool = True
    recovery: float = 20.0
    lasts: float = 0.0
    watch: Watch | None = None
    rivals: bool = True
    seconds: float = 15.0

    def __post_init__(self) -> None:
        assert self.code is None or self.advised, f"{self.name}: what is advised?"

    @property
    def slug(self) -> str:
        """The name as one word, for pytest."""
        return re.sub(r"[^\w.]+", "-", self.name)

    @property
    def status(self) -> str:
        """The ``status`` of /health and /healthz."""
        return _STATUS[self.state]

    @property
    def ready(self) -> int:
        """The HTTP status of /readyz: 200, 503, or 0 for no answer."""
        if self.readyz is not None:
            return self.readyz
        return 503 if self.state == "down" else 200

    @property
    def expected(self) -> str:
        """The verdict in words: ``down CONN_REFUSED``, or ``up``."""
        return f"{self.state} {self.code}" if self.code else self.state

"""What the service says of a Redis."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from redis_health.model.conditions import Severity


class State(StrEnum):
    """The one word."""

    UP = "up"
    DEGRADED = "degraded"
    DOWN = "down"

    @property
    def health(self) -> float:
        """The value of ``service_health``."""
        return {State.UP: 1.0, State.DEGRADED: 0.5, State.DOWN: 0.0}[self]

    @property
    def status(self) -> str:
        """The seed's word for it in ``/health`` and ``/healthz``."""
        return {State.UP: "ok", State.DEGRADED: "degraded", State.DOWN: "error"}[self]


class CheckStatus(StrEnum):
    """How one check stands."""

    OK = "ok"
    DEGRADED = "degraded"
    ERROR = "error"
    UNOBSERVED = "unobserved"
    STARTING = "starting"
    UNAVAILABLE = "unavailable"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why the verdict is what it is, for the person on call; ``since`` is epoch seconds."""

    code: str
    check: str
    severity: Severity
    message: str
    advice: str
    since: float


@dataclass(frozen=True, slots=True)
class CheckView:
    """One check as the endpoints show it; times are monotonic, latency in seconds."""

    name: str
    status: CheckStatus
    observed: float | None
    latency: float | None
    code: str | None = None
    message: str | None = None


@dataclass(frozen=True, slots=True)
class Identity:
    """Which server answered: what INFO's server and replication sections say of it."""

    name: str
    version: str
    compatible_version: str
    run_id: str
    mode: str
    role: str | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """The judgement of one Snapshot.

    ``valid_until`` is the monotonic moment at which something in it goes stale and it must be
    judged again. ``since`` is when the state was entered, ``observed_at`` when Redis last said
    anything (both epoch seconds). ``redis_up`` is None before the first result. ``fresh`` names
    the checks whose samples may be shown.
    """

    state: State
    reasons: tuple[Reason, ...]
    notes: tuple[Reason, ...]
    checks: Mapping[str, CheckView]
    since: float
    observed_at: float | None
    valid_until: float
    redis_up: bool | None
    fresh: frozenset[str]
    identity: Identity | None
    detect_within: float

    @property
    def codes(self) -> frozenset[str]:
        """The codes of all reasons."""
        return frozenset(reason.code for reason in self.reasons)

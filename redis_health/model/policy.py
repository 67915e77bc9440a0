"""What the operator requires, and how much evidence it takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from redis_health.model.conditions import Capability, Limits, Nature, Threshold

#: What is required when the operator says nothing.
PRIMARY_REQUIRES = frozenset(
    {Capability.CONNECT, Capability.AUTHENTICATE, Capability.READ, Capability.WRITE}
)
REPLICA_REQUIRES = PRIMARY_REQUIRES - {Capability.WRITE}

#: Failures in a row that confirm a failure, by its nature.
FALL = {Nature.REPLY: 1, Nature.TRANSPORT: 2, Nature.SILENCE: 3}
#: Successes in a row that end a confirmed failure, by its nature.
RISE = {Nature.REPLY: 1, Nature.TRANSPORT: 1, Nature.SILENCE: 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """When a probe runs: seconds between rounds, and for one round."""

    interval: float
    timeout: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What is required and what counts.

    ``requires`` replaces the default list for both roles when given. ``recheck`` is the pause
    before a round that is asked early, ``login_grace`` how long a refused fresh login is only
    degraded while the kept connection works, both in seconds. ``accepted`` are codes that the
    operator has chosen to live with.
    """

    requires: frozenset[Capability] | None = None
    expect_role: str | None = None
    fall: Mapping[Nature, int] = field(default_factory=lambda: dict(FALL))
    rise: Mapping[Nature, int] = field(default_factory=lambda: dict(RISE))
    recheck: float = 0.1
    login_grace: float = 60.0
    limits: Mapping[str, Limits] = field(default_factory=dict)
    schedules: Mapping[str, Schedule] = field(default_factory=dict)
    accepted: frozenset[str] = frozenset()

    def required(self, role: str | None) -> frozenset[Capability]:
        """What is required of a server in this role (INFO's ``role``; None is not yet known)."""
        if self.requires is not None:
            required = self.requires
        else:
            required = REPLICA_REQUIRES if role == "slave" else PRIMARY_REQUIRES
        return required | {Capability.ROLE} if self.expect_role else required

    def limits_of(self, threshold: Threshold) -> Limits:
        """The operator's values for a threshold, or its own."""
        return self.limits.get(threshold.name, Limits(threshold.enter, threshold.leave))

"""What can be wrong with a Redis, and one occurrence of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from redis_health.model.line import one_line


class Capability(StrEnum):
    """What somebody may require of a Redis server."""

    CONNECT = "connect"
    AUTHENTICATE = "authenticate"
    READ = "read"
    WRITE = "write"
    DURABILITY = "durability"
    REDUNDANCY = "redundancy"
    ROLE = "role"


class Severity(StrEnum):
    """What one reason does to the verdict; a note does nothing."""

    DOWN = "down"
    DEGRADED = "degraded"
    NOTE = "note"


class Nature(StrEnum):
    """How a failure shows, which decides how often it must be seen before it counts."""

    REPLY = "reply"
    TRANSPORT = "transport"
    SILENCE = "silence"


@dataclass(frozen=True, slots=True)
class Condition:
    """The declaration of something that can be wrong.

    ``lost`` is what Redis cannot do while it lasts: required, it makes the verdict down, otherwise
    degraded. ``note`` marks what is worth telling and changes no verdict. ``explains`` lists the
    codes of vaguer conditions that this one is the cause of: both present, they are told as one.
    ``check`` is the check that the condition belongs to, where that is not the one that met it.
    """

    code: str
    summary: str
    advice: str
    lost: frozenset[Capability] = frozenset()
    note: bool = False
    explains: frozenset[str] = frozenset()
    check: str | None = None

    def found(
        self, message: str, *, advice: str | None = None, lost: frozenset[Capability] | None = None
    ) -> Finding:
        """One occurrence, told in ``message``; ``lost`` where it differs this time."""
        return Finding(
            condition=self,
            message=one_line(message),
            advice=self.advice if advice is None else advice,
            lost=self.lost if lost is None else lost,
        )


@dataclass(frozen=True, slots=True)
class Finding:
    """A condition that a probe has seen in what Redis reported."""

    condition: Condition
    message: str
    advice: str
    lost: frozenset[Capability]

    @property
    def code(self) -> str:
        """The code of the condition."""
        return self.condition.code


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a probe got no answer that it could use; the taxonomy in ``replies`` makes these.

    ``message`` is one printable line, however it was given. ``remedy`` is what to do, where more
    is known of it than the condition's advice says.
    """

    condition: Condition
    nature: Nature
    message: str
    remedy: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "message", one_line(self.message))

    @property
    def code(self) -> str:
        """The code of the condition."""
        return self.condition.code

    @property
    def advice(self) -> str:
        """What to do about it."""
        return self.remedy or self.condition.advice


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """When a reading is a condition: entered at ``enter``, left at ``leave``.

    The reading is bad at or above ``enter`` (at or below it where ``above`` is false). ``enter`` of
    None switches the threshold off until the operator sets one. ``name`` is also the option's.
    """

    name: str
    condition: Condition
    enter: float | None
    leave: float | None = None
    unit: str
    help: str
    above: bool = True

    def read(self, value: float, message: str) -> Reading:
        """One reading, with the message to show should it be bad."""
        return Reading(self, value, one_line(message))


@dataclass(frozen=True, slots=True)
class Limits:
    """The values in force for a threshold, in its unit; ``enter`` of None is off."""

    enter: float | None
    leave: float | None


@dataclass(frozen=True, slots=True)
class Reading:
    """A value to hold against a threshold."""

    threshold: Threshold
    value: float
    message: str

"""What was looked at, and what came of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from redis_health.model import Condition, Item, Metric, Sample

#: Characters of what others have named that are shown.
_LENGTH = 100
#: Names that are told of a list.
_NAMED = 3

FINDING = Metric(
    name="redis_security_finding",
    help="1 while something about the security of the server degrades it, by the code of the"
    " reason (docs/reasons.md), accepted or not; 0 where it was looked at and is fine, or a note;"
    " absent where it cannot be known.",
    labels=("code",),
)


@dataclass(frozen=True, slots=True)
class Looked:
    """A condition that was looked for: fine without a message, with ``note`` merely told."""

    condition: Condition
    message: str | None = None
    note: bool = False

    def items(self) -> Iterable[Item]:
        """The sample, and the finding where there is one."""
        counts = self.message is not None and not self.note
        yield Sample(FINDING, float(counts), (self.condition.code,))
        if self.message is not None:
            note = self.note or self.condition.note
            yield replace(self.condition, note=note).found(self.message)


def several(names: Sequence[str]) -> str:
    """The first of many names, and how many more there are."""
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")


def shown(value: str) -> str:
    """What somebody else has chosen, in a form that does no harm in a message."""
    if not value:
        return "(empty)"
    printable = "".join(letter if letter.isprintable() else "?" for letter in value)
    return printable if len(printable) <= _LENGTH else f"{printable[:_LENGTH]}..."

"""What Redis has refused us, so that it is not asked again every round."""

from __future__ import annotations

from collections.abc import Sequence

from redis_health.model import Failure
from redis_health.replies import conditions

#: Seconds until a command that a probe rests on is tried again, and one that it can do without.
#: Rights are granted while the server runs, so a refusal is not for ever.
NEEDED = 10.0
OPTIONAL = 300.0
#: What a refusal that is remembered is told by.
REFUSED = frozenset({conditions.NOPERM, conditions.COMMAND_UNKNOWN})


class Refusals:
    """Remembers refusals for lack of rights, or of the command, by command and subcommand.

    Every refused attempt raises ``total_error_replies`` and may write into the ACL LOG.
    """

    def __init__(self) -> None:
        self._known: dict[tuple[str, ...], tuple[float, Failure]] = {}

    def learn(
        self, arguments: Sequence[str | int], failure: Failure, *, now: float, seconds: float
    ) -> None:
        """Notes a refusal, not to be tried again for ``seconds``."""
        self._known = {key: known for key, known in self._known.items() if known[0] > now}
        self._known[_key(arguments)] = (now + seconds, failure)

    def failure(self, arguments: Sequence[str | int], now: float) -> Failure | None:
        """The remembered refusal of a command, None where it may be asked."""
        until, failure = self._known.get(_key(arguments), (now, None))
        return failure if until > now else None

    def forget(self) -> None:
        """Forgets all: another server process may allow more."""
        self._known.clear()


def _key(arguments: Sequence[str | int]) -> tuple[str, ...]:
    return tuple(str(argument).upper() for argument in arguments[:2])

"""The time that slow commands took, added up by command from one look at the log to the next."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from redis_health.model import Fact, InfoReply, Item, Metric, MetricKind, Sample
from redis_health.probes._server import replaced

_OTHER = "other"

DURATION = Metric(
    name="redis_slowlog_duration_seconds_total",
    help="SLOWLOG GET: execution time of the entries since the service began to watch,"
    " by command; of the newest 10 entries of each round.",
    kind=MetricKind.COUNTER,
    labels=("command",),
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry: ``at`` epoch seconds by the server's clock, ``seconds`` of execution.

    ``command`` is the command's name with its subcommand, in upper case, ``client`` the name that
    whoever asked has given itself.
    """

    id: int
    at: int
    seconds: float
    command: str
    client: str


def totals(entries: Sequence[Entry], info: InfoReply, last: Mapping[str, object]) -> Iterable[Item]:
    """The counters, and what to remember of them.

    What the log of a server holds at the first look has happened before: its commands begin at
    zero, so that a later increase of theirs can be seen.
    """
    newest = max((entry.id for entry in entries), default=-1)
    seen, before = last.get("seen_id"), last.get("durations")
    if not isinstance(seen, int) or replaced(info, last):
        seen = newest
    durations = dict(before) if isinstance(before, dict) else {}
    for entry in entries:
        command = _known(entry.command, info)
        seconds = entry.seconds if entry.id > seen else 0.0
        durations[command] = durations.get(command, 0.0) + seconds
    yield Fact("run_id", info.fields.get("run_id"))
    yield Fact("seen_id", max(seen, newest))
    yield Fact("durations", durations)
    for command, seconds in sorted(durations.items()):
        yield Sample(DURATION, seconds, (command,))


def _known(command: str, info: InfoReply) -> str:
    """The command as INFO commandstats names it; anything else could be without bounds."""
    name = command.lower().replace(" ", "|")
    for known in (name, name.partition("|")[0]):
        if f"cmdstat_{known}" in info.fields:
            return known
    return _OTHER

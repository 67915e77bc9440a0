"""What is told for a while and ends by itself: blips, replaced connections, our own stalls."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from redis_health.model import Condition, Policy, Snapshot, moment
from redis_health.model.snapshot import BLIPS_KEPT, RECONNECTS_KEPT
from redis_health.verdict.evidence import Evidence, Mark, Weight

FLAP_SUPPRESSED = Condition(
    "FLAP_SUPPRESSED",
    "a round failed, too few in a row to count",
    "none",
    note=True,
)
UNSTABLE = Condition(
    "UNSTABLE",
    "PING is not answered again and again, never for long enough to count as a loss",
    "look for pauses and lost packets: SLOWLOG GET 10, LATENCY DOCTOR, the CPU limit of the"
    " server's container, the network in between",
)
RECONNECTED = Condition(
    "RECONNECTED",
    "the kept connection was closed and replaced",
    "none; if it goes on, look at the server's timeout, CLIENT KILL and proxies in between",
    note=True,
)
LOOP_STALL = Condition(
    "LOOP_STALL",
    "the service's own event loop stood still; what was measured meanwhile is discarded",
    "give this service more CPU; Redis is not to blame",
    note=True,
)
#: Seconds for which a blip and a stall are told of.
_TOLD = 60.0
#: Blips of one check within ``BLIPS_KEPT`` that are no accident any more.
_UNSTABLE_FROM = 4


@dataclass(frozen=True, slots=True)
class Note:
    """A mark that ends by itself at ``until``, monotonic seconds."""

    mark: Mark
    until: float


def notes(
    snapshot: Snapshot,
    evidence: Mapping[str, Evidence],
    policy: Policy,
    *,
    now: float,
    wall: float,
) -> Iterator[Note]:
    """The notes of the moment ``now``, which is ``wall`` since the epoch."""
    for item in evidence.values():
        flap = item.standing.flap
        if flap is None or item.weight is not Weight.GOOD or now > flap.at + _TOLD:
            continue
        needed = policy.fall[flap.failure.nature]
        message = (
            f"{item.name}: {flap.streak} of {needed} failures needed ({flap.failure.code}); "
            f"last failure {now - flap.at:.0f} s ago"
        )
        yield _note(FLAP_SUPPRESSED, item.name, message, flap.since, flap.at + _TOLD)
    yield from _unstable(evidence.get("ping"), now=now, wall=wall)
    recent = [at for at in snapshot.reconnected if now <= at + RECONNECTS_KEPT]
    if recent:
        message = f"connection dropped by server, reconnected ({len(recent)} in last 5 min)"
        since = wall - (now - recent[0])
        yield _note(RECONNECTED, "ping", message, since, recent[0] + RECONNECTS_KEPT)
    if snapshot.stalled is not None and now <= snapshot.stalled[0] + _TOLD:
        ended, seconds = snapshot.stalled
        since = wall - (now - ended)
        until = moment(since, now=wall)
        message = f"event loop of this service stalled for {seconds:.1f} s until {until}"
        yield _note(LOOP_STALL, "service", message, since, ended + _TOLD)


def _unstable(ping: Evidence | None, *, now: float, wall: float) -> Iterator[Note]:
    """Pauses of Redis itself that come again and again, each too short for the verdict.

    What other checks miss may be the edge of a loss that ping has told in full. A broken connection
    is no silence: it counts within a tenth of a second, or nobody notices it.
    """
    if ping is None or ping.weight is not Weight.GOOD:
        return
    recent = [at for at in ping.standing.blips if now <= at + BLIPS_KEPT]
    if len(recent) >= _UNSTABLE_FROM:
        message = (
            f"ping got no answer in time {len(recent)} times in the last minute, and each time it"
            " came back before that counted"
        )
        since, until = wall - (now - recent[0]), recent[-_UNSTABLE_FROM] + BLIPS_KEPT
        yield _note(UNSTABLE, ping.name, message, since, until)


def _note(condition: Condition, check: str, message: str, since: float, until: float) -> Note:
    return Note(Mark(condition, check, message, condition.advice, frozenset(), since), until)

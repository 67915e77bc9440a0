"""One round of one probe: from the call to the result, whatever happens."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Iterable, Mapping
from typing import TypeVar

import structlog

from redis_health.client import RoundReader, Session
from redis_health.errors import OwnFault, RedisFault, Unavailable
from redis_health.model import (
    Clock,
    Fact,
    Failure,
    Finding,
    Item,
    Nature,
    Policy,
    Probe,
    ProbeOptions,
    ProbeResult,
    Reading,
    Sample,
)
from redis_health.model.line import one_line
from redis_health.monitor.loopwatch import LoopWatch
from redis_health.verdict import lifetime

#: Seconds after its deadline at which a round that ignores it is ended.
_BACKSTOP = 1.0
#: The part of a silence that the loop may have stood still before it proves nothing.
_SPOILT = 0.25

_T = TypeVar("_T")


def spoilt(stalled: float, seconds: float) -> bool:
    """Whether the silence of so many seconds proves nothing, our loop having stood still in it."""
    return stalled > _SPOILT * seconds


class Rounds:
    """Runs rounds against one session."""

    def __init__(
        self,
        session: Session,
        *,
        policy: Policy,
        options: ProbeOptions,
        clock: Clock,
        watch: LoopWatch,
    ) -> None:
        self._session = session
        self._policy = policy
        self._options = options
        self._clock = clock
        self._watch = watch
        self._bugs: dict[str, str] = {}

    async def run(self, probe: Probe, last: Mapping[str, object]) -> ProbeResult:
        """One round; ``last`` are the facts of the last success.

        Everything that can go wrong becomes part of the result; only cancellation passes.
        """
        schedule = self._policy.schedules[probe.name]
        started = self._clock.now()
        reader = RoundReader(
            self._session,
            timeout=schedule.timeout,
            last=last,
            options=self._options,
            stalled_since=self._watch.stalled_since,
        )
        items: Iterable[Item] = ()
        failure: Failure | None = None
        own_fault: str | None = None
        unavailable: str | None = None
        overran = False
        try:
            async with asyncio.timeout(schedule.timeout + _BACKSTOP):
                items = tuple(await probe.collect(reader))
        except RedisFault as fault:
            failure = fault.failure
        except OwnFault as fault:
            own_fault = str(fault)
        except Unavailable as refusal:
            unavailable = refusal.refusal
        except TimeoutError:
            overran = True
            own_fault = f"the round did not end {_BACKSTOP:g} s after its deadline"
        except Exception as error:
            own_fault = f"the probe failed: {type(error).__name__}: {error}"
            self._report(probe, error)
        else:
            self._bugs.pop(probe.name, None)
        finished = self._clock.now()
        stalled = self._watch.stalled_since(started)
        if spoilt(stalled, schedule.timeout) and (overran or _is_silence(failure)):
            own_fault, failure = f"the event loop stalled for {stalled:.1f} s", None
        # A failure is seen when it comes, however old the INFO that the round began with.
        told = reader.observed if failure is None else None
        # An answer that came while our loop stood still has waited for us.
        observed = min(finished if told is None else told, finished - stalled)
        return ProbeResult(
            check=probe.name,
            started=started,
            finished=finished,
            observed=observed,
            wall=self._clock.wall(),
            expires=observed + lifetime(schedule, failure),
            samples=_only(items, Sample),
            findings=_only(items, Finding),
            readings=_only(items, Reading),
            facts=_facts(items, last if unavailable else {}),
            failure=failure,
            own_fault=None if own_fault is None else one_line(own_fault),
            unavailable=None if unavailable is None else one_line(unavailable),
        )

    def _report(self, probe: Probe, error: Exception) -> None:
        """One line with a traceback for a bug, not one for each round that meets it."""
        where = traceback.extract_tb(error.__traceback__)[-1]
        bug = f"{type(error).__name__} at {where.filename}:{where.lineno}"
        if self._bugs.get(probe.name) != bug:
            self._bugs[probe.name] = bug
            log = structlog.get_logger().bind(target=self._session.target.address)
            log.error("probe failed", probe=probe.name, exc_info=error)


def _is_silence(failure: Failure | None) -> bool:
    return failure is not None and failure.nature is Nature.SILENCE


def _only(items: Iterable[Item], kind: type[_T]) -> tuple[_T, ...]:
    return tuple(item for item in items if isinstance(item, kind))


def _facts(items: Iterable[Item], kept: Mapping[str, object]) -> Mapping[str, object]:
    return {**kept, **{item.name: item.value for item in items if isinstance(item, Fact)}}

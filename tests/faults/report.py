"""Who was right about which fault, and how soon: the numbers, and the summary of a run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from tests.faults.declared import FAULTS
from tests.faults.fault import Fault
from tests.faults.outcome import Outcome
from tests.faults.rivals import Answer

Played = tuple[Fault, Outcome]


@dataclass(frozen=True, slots=True)
class Score:
    """How often somebody was right, of how many faults."""

    right: int
    tried: int

    def __str__(self) -> str:
        return f"{self.right}/{self.tried}"


@dataclass(frozen=True, slots=True)
class Totals:
    """The scores over some faults, and the detection that took the largest part of its bound."""

    service: Score
    redis_cli: Score
    exporter: Score
    slowest: Played | None


def played(outcomes: Mapping[str, Outcome]) -> list[Played]:
    """The declared faults that have an outcome, in the order of their declaration."""
    return [(fault, outcomes[fault.name]) for fault in FAULTS if fault.name in outcomes]


def is_right(fault: Fault, answer: Answer) -> bool:
    """Whether an up or down is what readiness should say of this fault."""
    return answer.up == (fault.ready == 200)


def totals(faults: Sequence[Played]) -> Totals:
    """What they add up to."""
    told = [each for each in faults if not each[1].problem and each[1].bound]
    return Totals(
        service=Score(sum(not outcome.problem for _, outcome in faults), len(faults)),
        redis_cli=_score((fault, outcome.redis_cli) for fault, outcome in faults),
        exporter=_score((fault, outcome.exporter) for fault, outcome in faults),
        slowest=max(told, key=lambda each: each[1].seconds / each[1].bound, default=None),
    )


def _score(answers: Iterable[tuple[Fault, Answer | None]]) -> Score:
    judged = [is_right(fault, answer) for fault, answer in answers if answer is not None]
    return Score(sum(judged), len(judged))


def sentence(faults: Sequence[Played]) -> str:
    """The totals in words."""
    found = totals(faults)
    line = (
        f"right / tried: redis-health {found.service}, "
        f"redis-cli ping {found.redis_cli}, redis_exporter {found.exporter}"
    )
    if found.slowest is not None:
        fault, outcome = found.slowest
        line += f"; slowest for its bound: {seconds(outcome)} ({fault.name})"
    return line


def seconds(outcome: Outcome) -> str:
    """How long the verdict took, and how long it may."""
    return f"{outcome.seconds:.1f} s of {outcome.bound:.1f} s"


def summary(outcomes: Mapping[str, Outcome]) -> str:
    """Every fault on a line, and the totals, for a terminal."""
    faults = played(outcomes)
    return "\n".join([*(_line(*each) for each in faults), sentence(faults)])


def _line(fault: Fault, outcome: Outcome) -> str:
    row = "-" if fault.row is None else str(fault.row)
    ours = f"wrong: {outcome.problem}" if outcome.problem else f"right, {seconds(outcome)}"
    return (
        f"{row:>3} {fault.name:60} {fault.expected:25} {ours}; "
        f"redis-cli {_judged(fault, outcome.redis_cli)}; "
        f"redis_exporter {_judged(fault, outcome.exporter)}"
    )


def _judged(fault: Fault, answer: Answer | None) -> str:
    if answer is None:
        return "-"
    verdict = "right" if is_right(fault, answer) else "WRONG"
    return f"{verdict} ({answer.said[:40]}, {answer.seconds:.1f} s)"

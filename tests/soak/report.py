"""What a soak comes to: a table for people, JSON for comparisons."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.soak.bounds import bounds
from tests.soak.events import EVENTS
from tests.soak.figures import AtRest, Use
from tests.soak.log import OF_ANOTHER
from tests.soak.plan import Counts

#: Lines of the log for each event, which comes and goes, for each first look at a target, and for
#: starting and ending.
_LINES_AN_EVENT, _LINES_A_LOOK, _LINES = 8, 3, 40
_PATH = Path(__file__).resolve().parents[2] / "build" / "soak.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """Everything that was seen. ``healthz`` are the seconds of its answers."""

    planned: Counts
    done: dict[str, int]
    minutes: float
    start: AtRest
    warm: AtRest
    end: AtRest
    samples: Sequence[Use]
    healthz: Sequence[float]
    log: dict[str, int]
    last_lines: Sequence[str]
    wrong: Sequence[str]

    @property
    def violations(self) -> list[str]:
        """Why the soak has failed; empty when it has not."""
        found = [*self.wrong]
        found += [str(each) for each in bounds(self.warm, self.end) if not each.holds]
        found += [
            f"{kind}: {self.done.get(kind, 0)} of {planned} done"
            for kind, planned in asdict(self.planned).items()
            if self.done.get(kind, 0) < planned
        ]
        found += [
            f"log: {lines} lines{whose}, at most {most}; {self.log}"
            for whose, lines, most in self.log_lines
            if lines > most
        ]
        return found

    @property
    def log_lines(self) -> list[tuple[str, int, int]]:
        """Whose lines, how many there are in the log, and how many there may be."""
        events = sum(self.done.get(kind, 0) for kind in EVENTS)
        # About one in ten of the rude ones asks for a target too.
        looks = self.done.get("targets", 0) + self.done.get("aborted", 0) // 8
        others = sum(number for name, number in self.log.items() if name.endswith(OF_ANOTHER))
        return [
            ("", sum(self.log.values()) - others, _LINES + _LINES_AN_EVENT * events),
            (OF_ANOTHER, others, _LINES_A_LOOK * looks),
        ]


def tell(outcome: Outcome) -> None:
    """Prints the tables and writes ``build/soak.json``."""
    _row("", "done", "planned")
    for kind, planned in asdict(outcome.planned).items():
        _row(kind, outcome.done.get(kind, 0), planned)
    _row("\nat rest", "start", "warmed up", "end", "may grow by")
    fresh = {each.what: each.before for each in bounds(outcome.start, outcome.warm)}
    for each in bounds(outcome.warm, outcome.end):
        _row(each.what, fresh[each.what], each.before, each.after, each.most)
    _row("\nmost under load", "first tenth", "last tenth", "ever")
    for what in ("resident", "descriptors", "threads"):
        values = [getattr(sample, what) for sample in outcome.samples]
        tenth = max(1, len(values) // 10)
        _row(what, max(values[:tenth]), max(values[-tenth:]), max(values))
    busy = outcome.samples[-1].cpu - outcome.samples[0].cpu
    _say(f"\nminutes {outcome.minutes:.1f}, CPU {busy:.1f} s")
    ordered = sorted(outcome.healthz)
    p99, slowest = ordered[int(len(ordered) * 0.99)], ordered[-1]
    _say(f"/healthz: p99 {p99 * 1e3:.1f} ms, slowest {slowest * 1e3:.1f} ms of {len(ordered)}")
    for whose, lines, most in outcome.log_lines:
        _say(f"log: {lines} lines{whose}, of at most {most}")
    for violation in outcome.violations:
        _say(f"VIOLATED: {violation}")
    _say("soak: FAILED" if outcome.violations else "soak: passed")
    _write(outcome)


def _write(outcome: Outcome) -> None:
    document = asdict(outcome) | {
        "violations": outcome.violations,
        "written": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "healthz": sorted(outcome.healthz)[-100:],
    }
    _PATH.parent.mkdir(exist_ok=True)
    new = _PATH.with_suffix(".new")
    new.write_text(json.dumps(document, indent=1))
    new.replace(_PATH)


def _row(what: str, *cells: object) -> None:
    texts = (f"{cell:.5g}" if isinstance(cell, float) else str(cell) for cell in cells)
    lead = "\n" if what.startswith("\n") else ""
    _say(f"{lead}{what.strip():<28}" + "".join(f"{text:>12}" for text in texts))


def _say(line: str) -> None:
    print(line, flush=True)

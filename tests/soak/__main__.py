"""Plays a soak and ends with 1 when something does not hold."""

from __future__ import annotations

import argparse
import contextlib
import random
import shutil
import sys
import time
import tracemalloc
from dataclasses import asdict, replace

from tests.resp import ReplyError
from tests.soak import log, report
from tests.soak.crowd import Crowd, Findings
from tests.soak.events import EVENTS, order, well
from tests.soak.figures import AtRest, Sampler, at_rest
from tests.soak.plan import FULL_MINUTES, Counts
from tests.soak.stage import SECRET, Stage

_WARM_UP = 0.1
#: Events that fail one after the other before there is no point in going on.
_HOPELESS = 5


class Soak:
    """One soak: at rest, warm-up, at rest, everything else, at rest."""

    def __init__(self, stage: Stage, *, seed: int, deadline: float) -> None:
        self.findings = Findings()
        self._stage = stage
        self._dice = random.Random(seed)
        self._seed = seed
        self._deadline = deadline

    def play(self, counts: Counts, *, seconds: float) -> None:
        """So much of everything; ``seconds`` sets the pace of the clients."""
        wanted = asdict(counts)
        crowd = Crowd(self._stage, counts, self.findings, seconds=seconds, seed=self._seed)
        before = self.findings.done.copy()
        with crowd:
            self._events({kind: wanted[kind] for kind in EVENTS})
            while not self._late():
                done = self.findings.done - before
                if all(done[kind] >= wanted[kind] for kind in wanted if kind not in EVENTS):
                    break
                time.sleep(0.5)

    def rest(self) -> AtRest:
        """The figures when nothing happens."""
        return at_rest(self._stage.service, self._stage.told)

    def _events(self, left: dict[str, int]) -> None:
        failed = 0
        for kind in order(left, self._dice):
            if self._late() or failed >= _HOPELESS:
                self.findings.complain(f"given up with these left: {left}")
                return
            try:
                done = EVENTS[kind](self._stage, self._dice)
                failed = 0
            except (AssertionError, OSError, ReplyError) as error:
                self.findings.complain(f"{kind}: {str(error)[:1000]}")
                done, failed = 1, failed + 1
                self._mend()
            left[kind] -= done
            self.findings.count(kind, done)

    def _mend(self) -> None:
        """So that one event that failed does not fail all the others."""
        stage = self._stage
        with contextlib.suppress(AssertionError, OSError, ReplyError):
            if not stage.server.running:
                stage.server.start()
            stage.call("CLIENT", "UNPAUSE")
            stage.write_password_file(stage.password)

    def _late(self) -> bool:
        return time.monotonic() > self._deadline


def main() -> int:
    """The exit status."""
    options = _options()
    wanted = {kind: getattr(options, kind) for kind in asdict(Counts())}
    given = {kind: count for kind, count in wanted.items() if count is not None}
    counts = replace(Counts.within(options.minutes), **given)
    seconds = options.minutes * 60
    begun = time.monotonic()
    with Stage(trace=options.trace) as stage:
        well(stage)
        soak = Soak(stage, seed=options.seed, deadline=begun + 2 * seconds + 300)
        sampler = Sampler(stage.service.pid)
        start = soak.rest()
        sampler.start()
        warm_up = counts.scaled(_WARM_UP)
        soak.play(warm_up, seconds=_WARM_UP * seconds)
        warm = soak.rest()
        if options.trace:
            shutil.copy(stage.allocations, stage.allocations.with_suffix(".before"))
        soak.play(counts.less(warm_up), seconds=(1 - _WARM_UP) * seconds)
        sampler.stop()
        end = soak.rest()
        if options.trace:
            _tell_allocations(stage)
        lines = _end(stage, soak.findings)
    outcome = report.Outcome(
        planned=counts,
        done=dict(soak.findings.done),
        minutes=(time.monotonic() - begun) / 60,
        start=start,
        warm=warm,
        end=end,
        samples=sampler.samples,
        healthz=soak.findings.healthz,
        log=log.events(lines, about=f"127.0.0.1:{stage.server.port}"),
        last_lines=lines[-200:],
        wrong=soak.findings.wrong,
    )
    report.tell(outcome)
    return 1 if outcome.violations else 0


def _end(stage: Stage, findings: Findings) -> list[str]:
    """Looks at the verdict, ends the service and looks at its log, which it returns."""
    try:
        well(stage)
        page = stage.service.metrics()
        for sample in ("redis_up 1", "service_health 1"):
            assert f"\n{sample}\n" in page, f"/metrics does not say {sample}"
        status = stage.service.stop()
        assert status == 0, f"the service ended with status {status}"
    except (AssertionError, OSError) as error:
        findings.complain(f"at the end: {error}")
    lines = (stage.service.stdout + stage.service.stderr).splitlines()
    for line in log.unwanted(lines):
        findings.complain(f"log: {line[:2000]}")
    for line in lines:
        if SECRET in line:
            findings.complain(f"a password in the log: {line}")
    return lines


def _tell_allocations(stage: Stage) -> None:
    after = tracemalloc.Snapshot.load(str(stage.allocations))
    before = tracemalloc.Snapshot.load(str(stage.allocations.with_suffix(".before")))
    for growth in after.compare_to(before, "traceback")[:15]:
        print(growth, *growth.traceback.format(), sep="\n")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0, help="about how long it takes")
    parser.add_argument("--seed", type=int, default=1, help="another order of the events")
    parser.add_argument("--trace", action="store_true", help="tell where memory went (slow)")
    for kind, full in asdict(Counts()).items():
        name = "--" + kind.replace("_", "-")
        parser.add_argument(name, type=int, metavar="N", help=f"{full} in {FULL_MINUTES:g} minutes")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())

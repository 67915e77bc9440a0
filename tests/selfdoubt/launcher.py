"""The service with faults of its own that signals bring about.

SIGUSR1: the loop stands still for the seconds of STALL. SIGUSR2: the task of ping dies at each
round, and at the next SIGUSR2 no more. SIGRTMIN: the machine is suspended for a minute. SIGRTMIN
and 1, 2: the wall clock is set five hours forward, ten hours back.
"""

from __future__ import annotations

import os
import signal
import time
from typing import Any

from redis_health.cli import main
from redis_health.model import Probe, ProbeResult
from redis_health.monitor.rounds import Rounds

HOUR = 3600.0
SUSPENDED = 60.0


class Faults:
    """What is wrong at present."""

    def __init__(self) -> None:
        self.ping_dies = False
        self.suspended = 0.0
        self.wall_off = 0.0

    def doze(self, *_: object) -> None:
        time.sleep(float(os.environ["STALL"]))

    def kill_ping(self, *_: object) -> None:
        self.ping_dies = not self.ping_dies

    def suspend(self, *_: object) -> None:
        self.suspended += SUSPENDED

    def forward(self, *_: object) -> None:
        self.wall_off += 5 * HOUR

    def back(self, *_: object) -> None:
        self.wall_off -= 10 * HOUR


def inject(faults: Faults) -> None:
    """Puts the faults between the service and its clocks and rounds."""
    run, clock_gettime, wall = Rounds.run, time.clock_gettime, time.time

    async def run_or_die(self: Rounds, probe: Probe, last: Any) -> ProbeResult:
        if faults.ping_dies and probe.name == "ping":
            raise RuntimeError("a bug in the scheduler")
        return await run(self, probe, last)

    def gettime(clock: int) -> float:
        asleep = faults.suspended if clock == time.CLOCK_BOOTTIME else 0.0
        return clock_gettime(clock) + asleep

    vars(time).update(clock_gettime=gettime, time=lambda: wall() + faults.wall_off)
    Rounds.run = run_or_die  # type: ignore[method-assign]
    signal.signal(signal.SIGUSR1, faults.doze)
    signal.signal(signal.SIGUSR2, faults.kill_ping)
    signal.signal(signal.SIGRTMIN, faults.suspend)
    signal.signal(signal.SIGRTMIN + 1, faults.forward)
    signal.signal(signal.SIGRTMIN + 2, faults.back)


if __name__ == "__main__":
    inject(Faults())
    main(prog_name="redis-health")

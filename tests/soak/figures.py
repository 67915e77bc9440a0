"""What a process uses, read from outside, and what the service tells of its inside."""

from __future__ import annotations

import json
import re
import signal
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from tests.ports import poll
from tests.service import ServiceProcess

_MIB = 1024.0
_TICKS = 100
#: Seconds until nothing is under way: more than the service waits for a client, or keeps a target.
_REST = 13.0
_NOT_COUNTED = re.compile(r'^#|[{,](cmd|command)="')
#: Looks at the inside, of which the one with the fewest tasks counts: some live for a moment.
_SHOTS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """One look at the service; memory in MiB, CPU in seconds since its start."""

    at: float
    resident: float
    descriptors: int
    threads: int
    cpu: float


@dataclass(frozen=True, slots=True, kw_only=True)
class AtRest:
    """The service when nobody asks it anything.

    ``anonymous`` is memory in MiB that is no file's; ``series`` are counted by name, ``tasks`` by
    coroutine, ``objects`` by type.
    """

    use: Use
    anonymous: float
    series: dict[str, int]
    tasks: dict[str, int]
    objects: dict[str, int]


def use(pid: int) -> Use:
    """What the process uses now."""
    process = Path(f"/proc/{pid}")
    status = dict(
        line.split(":", 1) for line in (process / "status").read_text().splitlines() if ":" in line
    )
    times = (process / "stat").read_text().rsplit(")", 1)[1].split()
    return Use(
        at=time.monotonic(),
        resident=int(status["VmRSS"].split()[0]) / _MIB,
        descriptors=len(list((process / "fd").iterdir())),
        threads=int(status["Threads"]),
        cpu=(int(times[11]) + int(times[12])) / _TICKS,
    )


def at_rest(service: ServiceProcess, told: Path) -> AtRest:
    """Waits until what was under way has ended, and looks.

    ``told`` is where the inside of the service writes to.
    """
    time.sleep(_REST)
    inside = min((_inside(service, told) for _ in range(_SHOTS)), key=_tasks)
    return AtRest(
        use=use(service.pid),
        anonymous=_anonymous(service.pid),
        series=_series(service.metrics()),
        tasks=inside["tasks"],
        objects=inside["objects"],
    )


def _inside(service: ServiceProcess, told: Path) -> dict[str, dict[str, int]]:
    told.unlink(missing_ok=True)
    service.signal(signal.SIGUSR1)
    assert poll(told.exists, within=10.0, every=0.05), "the inside of the service says nothing"
    inside: dict[str, dict[str, int]] = json.loads(told.read_text())
    return inside


def _tasks(inside: dict[str, dict[str, int]]) -> int:
    return sum(inside["tasks"].values())


def _series(page: str) -> dict[str, int]:
    """How many samples of each name a page of metrics has.

    Those about commands are left out: they come and go with what Redis was asked since it started.
    """
    samples = (line for line in page.splitlines() if line and not _NOT_COUNTED.search(line))
    return dict(Counter(re.split(r"[{ ]", sample)[0] for sample in samples))


def _anonymous(pid: int) -> float:
    # Of its own, whoever else has the same libraries in memory.
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return int(rollup.split("\nAnonymous:")[1].split()[0]) / _MIB


@dataclass
class Sampler:
    """Looks every second, in a thread, until ``stop``."""

    pid: int
    samples: list[Use] = field(default_factory=list)
    _stopped: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def start(self) -> None:
        """Begins."""
        self._thread = threading.Thread(target=self._run, name="sampler", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Ends."""
        self._stopped.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        while not self._stopped.wait(1.0):
            try:
                self.samples.append(use(self.pid))
            except OSError:
                return  # The service has ended, which others tell.

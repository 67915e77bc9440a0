"""The server process, as far as it is known: what the verdict and the metrics are made of."""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Exit:
    """How a process has ended.

    ``status`` is as a shell tells it: the exit code, or 128 and the number of the ``signal`` that
    killed the process. ``at`` is epoch seconds.
    """

    status: int
    signal: int | None
    at: float

    @classmethod
    def of(cls, wait_status: int, *, at: float) -> Exit:
        """From the status that ``waitpid`` gave."""
        code = os.waitstatus_to_exitcode(wait_status)
        return cls(code, None, at) if code >= 0 else cls(128 - code, -code, at)

    def __str__(self) -> str:
        if self.signal is None:
            return f"ended with exit status {self.status}"
        return f"was killed by {signal_name(self.signal)}"


@dataclass(slots=True)
class Child:
    """The server process; the supervisor writes here, and everybody else reads.

    ``pid`` is None while there is no process. ``next_start`` (epoch seconds) is when an ended one
    is started again, None when it is not.
    """

    name: str
    pid: int | None = None
    restarts: int = 0
    last_exit: Exit | None = None
    next_start: float | None = None


def signal_name(number: int) -> str:
    """``SIGTERM``; a real-time signal has a number alone."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"

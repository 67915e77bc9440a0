"""The event loop that the service runs on."""

from __future__ import annotations

import asyncio
import errno
from collections.abc import Coroutine
from typing import Any, TypeVar

import structlog

from redis_health.model import SystemClock

#: What accept() lacks when no connection can be taken.
_EXHAUSTED = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}
#: Seconds between two log lines about that.
_QUIET = 60.0

_T = TypeVar("_T")


class ServiceLoop(asyncio.SelectorEventLoop):
    """A loop on the service's own clock, which goes on while the machine is suspended.

    After it has been, deadlines have passed and the heartbeat is late, as after any other stall.
    """

    _clock = SystemClock()
    _quiet_until = 0.0

    def time(self) -> float:
        """Monotonic seconds."""
        return self._clock.now()

    def default_exception_handler(self, context: dict[str, Any]) -> None:
        """As asyncio's, with one line a minute where it has one for each try to accept."""
        error = context.get("exception")
        if not (isinstance(error, OSError) and error.errno in _EXHAUSTED):
            super().default_exception_handler(context)
        elif self.time() >= self._quiet_until:
            self._quiet_until = self.time() + _QUIET
            structlog.get_logger().error("out of resources", told=f"{context['message']}: {error}")


def run(main: Coroutine[Any, Any, _T]) -> _T:
    """As ``asyncio.run``, on such a loop."""
    with asyncio.Runner(loop_factory=ServiceLoop) as runner:
        return runner.run(main)

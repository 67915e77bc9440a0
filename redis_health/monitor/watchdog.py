"""A thread that looks at the event loop from outside, and tells where it stands still."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from types import FrameType

import structlog

from redis_health.monitor.loopwatch import LoopWatch

#: Seconds between looks, and the looks without a beat in between after which it is told.
_PERIOD = 0.5
_LOOKS = 2
#: Seconds that the thread has for its end.
_PATIENCE = 1.0
#: The frames that are shown of the loop's thread and of another, and the number of the others.
_FRAMES = 30
_FRAMES_OF_OTHERS = 8
_OTHERS = 8

_log = structlog.get_logger(__name__)


@contextmanager
def watchdog(watch: LoopWatch) -> Iterator[None]:
    """While the context lasts, one log line with the stack tells of a loop that stands still.

    To be entered on the loop's own thread, while the watch beats. The line comes a second to one
    and a half after the last beat, and the next one not before the loop has gone on.
    """
    ended = threading.Event()
    thread = threading.Thread(
        target=_look,
        args=(watch, threading.get_ident(), ended),
        name="watchdog",
        daemon=True,
    )
    try:
        thread.start()
    except RuntimeError as error:
        # A limit on threads is no reason not to serve.
        _log.warning("no watchdog for the event loop", error=str(error))
        yield
        return
    try:
        yield
    finally:
        ended.set()
        thread.join(_PATIENCE)


def _look(watch: LoopWatch, loop_thread: int, ended: threading.Event) -> None:
    beats, silent = watch.beats, 0
    while not ended.wait(_PERIOD):
        # Looks are counted, and no seconds: this thread stops with the process, too, and whoever
        # wakes it does not know yet whether the loop will go on.
        if watch.beats != beats:
            beats, silent = watch.beats, 0
            continue
        silent += 1
        if silent == _LOOKS:
            _tell(loop_thread)


def _tell(loop_thread: int) -> None:
    frames = sys._current_frames()
    names = {thread.ident: thread.name for thread in threading.enumerate()}
    mine = threading.get_ident()
    others = (ident for ident in frames if ident not in {loop_thread, mine})
    _log.error(
        "event loop stands still",
        stack=_stack(frames.get(loop_thread), _FRAMES),
        threads={
            f"{names.get(ident, 'thread')} {ident}": _stack(frames[ident], _FRAMES_OF_OTHERS)
            for ident in islice(others, _OTHERS)
        },
    )


def _stack(frame: FrameType | None, most: int) -> list[str]:
    """The innermost frames, the innermost last; no variable of them is shown."""
    lines: list[str] = []
    while frame is not None and len(lines) < most:
        code = frame.f_code
        lines.append(f"{code.co_filename}:{frame.f_lineno} in {code.co_qualname}")
        frame = frame.f_back
    return lines[::-1]

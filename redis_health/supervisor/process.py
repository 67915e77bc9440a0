"""Starting a process and collecting those that have ended."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import signal
import sys
from collections.abc import Iterator

from redis_health.errors import CommandError
from redis_health.supervisor.handover import Launch

#: Signals that this process ignores, which a new program would inherit.
IGNORED = (signal.SIGUSR1, signal.SIGUSR2)
_TO_DEFAULT = (*IGNORED, signal.SIGPIPE, signal.SIGXFSZ)
_PR_SET_CHILD_SUBREAPER = 36
_STDIN = 0


def spawn(launch: Launch) -> int:
    """Starts the process and returns its id.

    It leads a process group of its own: a terminal's Ctrl-C is for us to pass on, and reaches it
    once. Standard output and error are ours.

    Raises:
        CommandError: the program is not there or cannot be executed.
    """
    if launch.stdin is None:
        return _execute(launch, None)
    read, write = os.pipe()
    # Written when there is a reader: a pipe holds 64 KiB and no more.
    with contextlib.suppress(BrokenPipeError), open(write, "wb") as feed:  # noqa: PTH123
        try:
            pid = _execute(launch, read)
        finally:
            os.close(read)
        feed.write(launch.stdin)
    return pid


def _execute(launch: Launch, stdin: int | None) -> int:
    feeds = [] if stdin is None else [(os.POSIX_SPAWN_DUP2, stdin, _STDIN)]
    try:
        return os.posix_spawnp(
            launch.words[0],
            launch.words,
            launch.environment,
            file_actions=feeds,
            setpgroup=0,
            setsigdef=_TO_DEFAULT,
        )
    except OSError as error:
        status = 127 if error.errno == errno.ENOENT else 126
        why = (error.strerror or str(error)).lower()
        raise CommandError(f"cannot execute {launch.words[0]}: {why}", status) from error


def ended() -> Iterator[tuple[int, int]]:
    """Id and wait status of every child that has ended, orphans that fell to us included."""
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if not pid:
            return
        yield pid, status


def adopt_orphans() -> None:
    """Lets what our children leave behind fall to us rather than to process 1; Linux alone."""
    if sys.platform == "linux" and os.getpid() != 1:
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)

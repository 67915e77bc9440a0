"""Where the log's lines leave the process: nobody waits for whoever reads them."""

from __future__ import annotations

import logging
import os
import queue
import threading

#: Lines that may wait for a reader; what comes on top of them is dropped, and counted.
_ROOM = 1000
#: Seconds for which the end of the process waits for its last lines to be taken.
_LAST_WORDS = 1.0


class Outlet(logging.Handler):
    """Writes lines to a file descriptor from a thread of its own.

    A pipe that nobody reads is full after 64 KiB: whoever writes to it waits for ever, and that
    must not be the event loop. A descriptor that takes nothing (closed, a full disk) costs the
    lines and nothing else.
    """

    def __init__(self, descriptor: int) -> None:
        super().__init__()
        self._descriptor = descriptor
        self._lines: queue.SimpleQueue[bytes | threading.Event] = queue.SimpleQueue()
        self._dropped = 0
        self._thread: threading.Thread | None = None

    def emit(self, record: logging.LogRecord) -> None:
        """Hands the line on, or counts it where too many wait."""
        if self._thread is None:
            self._start()
        if self._lines.qsize() >= _ROOM:
            self._dropped += 1
            return
        try:
            if self._dropped:
                self._lines.put(self._line(self._confession()))
                self._dropped = 0
            self._lines.put(self._line(record))
        except Exception:
            self.handleError(record)

    def flush(self) -> None:
        """Waits until all lines so far have been written, for a second at most."""
        if self._thread is None:
            return
        written = threading.Event()
        self._lines.put(written)
        written.wait(_LAST_WORDS)

    def _line(self, record: logging.LogRecord) -> bytes:
        return f"{self.format(record)}\n".encode("utf-8", "backslashreplace")

    def _confession(self) -> logging.LogRecord:
        told = f"{self._dropped} lines of this log were dropped: nobody took them"
        return logging.LogRecord(__name__, logging.WARNING, __file__, 0, told, None, None)

    def _start(self) -> None:
        # A daemon: a reader who never comes does not keep the process from ending.
        thread = threading.Thread(target=self._write, name="log", daemon=True)
        try:
            thread.start()
        except RuntimeError:
            # There is no memory for a thread now; the next line tries again.
            return
        self._thread = thread

    def _write(self) -> None:
        while True:
            line = self._lines.get()
            if isinstance(line, threading.Event):
                line.set()
                continue
            try:
                while line:
                    line = line[os.write(self._descriptor, line) :]
            except OSError:
                # There is no other place to tell it.
                continue

"""The lengths that RESP announces, followed closely enough to refuse absurd ones."""

from __future__ import annotations

#: Few replies that we ask for come near these; a peer that sends more is not answering us.
MAX_REPLY_BYTES = 2 * 2**20
MAX_LINE_BYTES = 2**16
MAX_ELEMENTS = 2**16
#: Pushes that may come before a reply, of which the parser takes each one call deeper.
MAX_PUSHES = 32
#: By how much those replies may be larger that clients decide the size of.
LARGE = 16
_LINE_END = b"\r\n"
#: More are no number to the parser, and would take long to convert.
_MAX_DIGITS = 20
_BULKS = b"$!="
_AGGREGATES = b"*~>%|"
_PUSH = ord(">")


class Framing:
    """Counts what a reply announces, since the parser sets memory aside for it in advance.

    A header of a dozen bytes can announce an array of billions. Nothing is decoded here, and what
    is not RESP at all is left to the parser, which says so.
    """

    def __init__(self) -> None:
        self._bytes = 0
        self._elements = 0
        self._pushes = 0
        self._times = 1
        self._skip = 0
        self._line = b""

    def accepts(self, chunk: bytes) -> bool:
        """Whether the next bytes of the stream stay within the limits."""
        self._bytes += len(chunk)
        if self._bytes > self._times * MAX_REPLY_BYTES:
            return False
        data, self._line = self._line + chunk, b""
        at = 0
        while at < len(data):
            if self._skip:
                step = min(self._skip, len(data) - at)
                self._skip -= step
                at += step
                continue
            end = data.find(_LINE_END, at)
            if end < 0:
                self._line = data[at:]
                return len(self._line) <= MAX_LINE_BYTES
            if not self._announced(data[at:end]):
                return False
            at = end + len(_LINE_END)
        return True

    def expects(self, *, large: bool) -> None:
        """Whether what is asked next may be answered at length."""
        self._times = LARGE if large else 1

    def reply_taken(self) -> None:
        """Starts the counts again, for the next reply."""
        self._bytes = self._elements = self._pushes = 0

    def _announced(self, line: bytes) -> bool:
        length = line[1:]
        if not length.isdigit() or len(length) > _MAX_DIGITS:
            return True
        if line[0] in _BULKS:
            self._skip = int(length) + len(_LINE_END)
            return self._skip <= self._times * MAX_REPLY_BYTES
        if line[0] in _AGGREGATES:
            self._elements += int(length)
            self._pushes += line[0] == _PUSH
        return self._pushes <= MAX_PUSHES and self._elements <= self._times * MAX_ELEMENTS

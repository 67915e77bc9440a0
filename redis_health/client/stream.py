"""The byte stream below a connection, with three habits that asyncio's lacks."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import SupportsIndex

from redis_health.client.framing import Framing
from redis_health.replies import NotResp

_REMEMBERED = 64


class Stream(asyncio.StreamReader):
    """A reader that delivers what arrived before a reset, keeps the first bytes, and has limits.

    Redis says why it refuses a connection ("max number of clients reached") and closes it; if our
    first command crosses that, the kernel reports a reset, and asyncio would drop the words.
    ``lost`` is called once when the peer is gone, at once and not at the next read. ``first`` are
    the first bytes that came since the last reply was taken.
    """

    def __init__(self, lost: Callable[[], None]) -> None:
        super().__init__(limit=2**20)
        self.first = b""
        self._framing = Framing()
        self._lost: Callable[[], None] | None = lost

    def feed_data(self, data: Iterable[SupportsIndex]) -> None:
        """Takes what arrived."""
        chunk = bytes(data)
        if len(self.first) < _REMEMBERED:
            self.first += chunk[:_REMEMBERED]
        if self.exception() is not None:
            return
        if self._framing.accepts(chunk):
            super().feed_data(chunk)
        else:
            super().set_exception(NotResp(self.first))

    def expects(self, *, large: bool) -> None:
        """Whether what is asked next may be answered at length."""
        self._framing.expects(large=large)

    def reply_taken(self) -> None:
        """What comes from now on belongs to the next reply."""
        self._framing.reply_taken()
        self.first = b""

    def feed_eof(self) -> None:
        """The peer has closed."""
        super().feed_eof()
        self._tell_lost()

    def set_exception(self, exc: Exception) -> None:
        """The connection broke: after a word from the peer that is an end, else the error."""
        if self.first and not isinstance(exc, MemoryError):
            super().feed_eof()
        else:
            super().set_exception(exc)
        self._tell_lost()

    def forget(self) -> None:
        """From now on the end is our own doing and nobody is told."""
        self._lost = None

    def _tell_lost(self) -> None:
        lost, self._lost = self._lost, None
        if lost is not None:
            lost()

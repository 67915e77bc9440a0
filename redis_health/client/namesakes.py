"""Other servers at the address of ours: whom a new client reaches, while our connection is old."""

from __future__ import annotations

from redis_health.client.connection import Connection
from redis_health.info import parse_info

#: Dials from one look at the answering server to the next, while nothing is odd.
_EVERY = 2
#: Looks in a row that must meet the same other server: a look may cross a restart.
_ENOUGH = 2
#: Seconds for which an address that several servers share is left in peace.
_SHARED = 600.0


class Namesakes:
    """Notices that new connections reach another server than the kept one does.

    A name or a virtual address moves to another server while the old one lives on: the kept
    connection would tell of that one for ever. Where several servers answer at one address by
    turns, any of them is as good as the others, and the kept one stays.
    """

    def __init__(self) -> None:
        self._dials = 0
        self._other: str | None = None
        self._met = 0
        self._left: str | None = None
        self._shared_until = float("-inf")

    def due(self, now: float) -> bool:
        """Whether this dial should ask who answers; ``now`` in monotonic seconds."""
        self._dials += 1
        return now >= self._shared_until and (self._met > 0 or self._dials % _EVERY == 0)

    def moved(self, met: str, *, kept: str, now: float) -> bool:
        """Whether the kept connection leads to a server that nobody else reaches any more.

        ``met`` is the run_id of the server that a new connection has reached, ``kept`` that of the
        kept one.
        """
        if met == self._left:
            self._left, self._shared_until = None, now + _SHARED
        if met == kept or now < self._shared_until:
            self._other, self._met = None, 0
            return False
        self._met = self._met + 1 if met == self._other else 1
        self._other = met
        if self._met < _ENOUGH:
            return False
        self._other, self._met, self._left = None, 0, kept
        return True


async def run_id_of(connection: Connection) -> str | None:
    """The run_id of the server at the other end; None where it does not tell.

    Raises:
        OSError: the connection broke.
        NotResp: the peer does not speak RESP.
    """
    (reply,) = await connection.ask([("INFO", "server")])
    if not isinstance(reply, bytes):
        return None
    return parse_info(reply, observed=0.0, seconds=0.0).fields.get("run_id")

"""What somebody meets who does not log in."""

from __future__ import annotations

from dataclasses import replace

from redis_health.client.deadline import Deadline
from redis_health.client.dialer import Dialer
from redis_health.client.lane import Lane
from redis_health.errors import RedisFault
from redis_health.model import ErrorReply, Knock, Target
from redis_health.replies import conditions, failure_of_reply

_REFUSED = frozenset({conditions.NOAUTH, conditions.PROTECTED_MODE, conditions.NOPERM})
_NOBODY = Knock(served=False)


class Stranger:
    """Comes to a target by our way and with our certificate, but without a name or a password."""

    def __init__(self, target: Target) -> None:
        self._where = target.address
        self._user = target.user
        nobody = replace(target, username=None, password=None, password_file=None, db=0, resp=2)
        self._dialer = Dialer(nobody)

    async def knock(self, deadline: Deadline) -> Knock:
        """One fresh connection, which is closed again.

        A server that refuses it counts one error reply.

        Raises:
            RedisFault: the way to Redis failed, which says nothing of strangers.
            OwnFault: this process could not try.
        """
        # Not named: before a login that would be a second error reply.
        lane = Lane(self._dialer, where=self._where, name=None)
        try:
            (reply,), _ = await lane.ask([("PING",)], deadline)
            return Knock(served=True, peer=lane.peer) if self._serves(reply) else _NOBODY
        except RedisFault as fault:
            if fault.failure.condition not in _REFUSED:
                raise
            return _NOBODY
        finally:
            lane.close()

    def _serves(self, reply: object) -> bool:
        if not isinstance(reply, ErrorReply):
            return True
        failure = failure_of_reply(reply.text, user=self._user, command="PING", where=self._where)
        # That the data are being loaded, say, is told to those alone who are let in.
        return failure.condition not in _REFUSED

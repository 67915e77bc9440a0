"""Error replies of Redis, read into failures.

The words are those of the server's source (``shared`` in server.c, acl.c, networking.c); the code
word is the reply's first, except where an old server says ``ERR`` for everything.
"""

from __future__ import annotations

import re

from redis_health.model import Condition, Failure, Nature
from redis_health.model.line import one_line
from redis_health.replies import conditions as known

_BY_WORD: dict[str, Condition] = {
    "LOADING": known.LOADING,
    "BUSY": known.BUSY,
    "UNKILLABLE": known.BUSY,
    "NOAUTH": known.NOAUTH,
    "WRONGPASS": known.WRONGPASS,
    "NOPERM": known.NOPERM,
    "DENIED": known.PROTECTED_MODE,
    "MISCONF": known.MISCONF_RDB,
    "OOM": known.OOM,
    "READONLY": known.READONLY,
    "NOREPLICAS": known.NOREPLICAS,
    "MASTERDOWN": known.MASTERDOWN,
    "CLUSTERDOWN": known.CLUSTERDOWN,
}

#: What follows a code word, or ``ERR``, and says more than the word: first match wins.
_BY_TEXT: tuple[tuple[re.Pattern[str], Condition], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), condition)
    for pattern, condition in (
        (r"^ERR .*max(imum)? number of (\w+ )?(clients|connections)", known.MAXCLIENTS),
        (r"^ERR .*(without any password configured|no password is set)", known.AUTH_UNEXPECTED),
        (r"^ERR invalid (username-)?password|^ERR Authentication", known.WRONGPASS),
        (r"^ERR operation not permitted", known.NOAUTH),
        (r"^MISCONF .*\bAOF\b", known.MISCONF_AOF),
        (r"^ERR (DB index is out of range|invalid DB index|SELECT is not allowed)", known.BAD_DB),
        (r"^ERR unknown (sub)?command|^ERR Unknown subcommand", known.COMMAND_UNKNOWN),
    )
)

#: Before Redis 7 the refusal of a command inside a script comes wrapped.
_IN_SCRIPT = re.compile(r"^ERR Error running script .*?: -(?=[A-Z]+ )")

_SHOWN = 200


def condition_of(text: str) -> Condition:
    """The condition that an error reply stands for; any text has one."""
    text = _IN_SCRIPT.sub("", text)
    for pattern, condition in _BY_TEXT:
        if pattern.search(text):
            return condition
    return _BY_WORD.get(text.split(" ", 1)[0].strip("-"), known.ERROR_REPLY)


def failure_of_reply(text: str, *, user: str, command: str, where: str) -> Failure:
    """The failure that the error reply ``text`` to ``command`` stands for.

    ``where`` is the server's address, ``user`` the ACL user that asked.
    """
    condition = condition_of(text)
    told = one_line(text.strip(), longest=_SHOWN)
    message = _MESSAGES.get(condition.code, "{command} is answered with: {text}")
    return Failure(
        condition,
        Nature.REPLY,
        message.format(user=user, command=command, where=where, text=told),
        remedy=f"ACL SETUSER {user} {_right(command)}" if condition is known.NOPERM else None,
    )


def _right(command: str) -> str:
    """The rule that allows a command: ``+info``, ``+xinfo|stream``."""
    return f"+{'|'.join(command.lower().split())}"


_MESSAGES = {
    "LOADING": "{where} is loading its data set and answers nothing else ({text})",
    "BUSY": "a script or function blocks the server ({text})",
    "NOAUTH": "{where} asks for a password and none is configured ({text})",
    "WRONGPASS": "password for user '{user}' rejected by {where} (WRONGPASS); "
    "the server is reachable",
    "NOPERM_PROBE": "user {user} may not run {command}",
    "PROTECTED_MODE": "{where} refuses us: protected mode, no password set; "
    "only loopback may connect (DENIED)",
    "MAXCLIENTS": "new connections to {where} are refused: max number of clients reached",
    "AUTH_UNEXPECTED": "{where} accepts anonymous clients: it has no password configured although "
    "we have one; it was restarted or changed without requirepass",
    "MISCONF_RDB": "Redis refuses writes because the last RDB save failed "
    "(stop-writes-on-bgsave-error); reads work",
    "MISCONF_AOF": "Redis refuses writes because the AOF cannot be written; reads work ({text})",
    "OOM": "memory is full: writes fail with OOM; reads and DEL work",
    "READONLY": "this is a read-only replica: writes fail with READONLY",
    "NOREPLICAS": "not enough good replicas: writes are refused (NOREPLICAS)",
    "MASTERDOWN": "link to the primary is down; the replica refuses reads "
    "(replica-serve-stale-data no)",
    "CLUSTERDOWN": "the cluster does not serve ({text})",
    "BAD_DB": "the configured database cannot be selected at {where} ({text})",
    "COMMAND_UNKNOWN": "{where} does not know {command} ({text})",
}

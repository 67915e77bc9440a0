"""Which dangerous commands a user may run, by ACL DRYRUN: nothing is run."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from redis_health.errors import RedisFault, Unavailable
from redis_health.model import (
    Command,
    Condition,
    InfoReply,
    Item,
    Metric,
    Nature,
    Reader,
    Sample,
    Server,
)
from redis_health.probes._replies import text
from redis_health.probes._security_findings import Looked, several
from redis_health.probes._server import version

#: What an intruder wants, with arguments in the number that each command takes.
_DANGEROUS = (
    ("CONFIG SET", "a b"),
    ("REPLICAOF", "a 1"),
    ("SLAVEOF", "a 1"),
    ("MODULE LOAD", "a"),
    ("ACL SETUSER", "a"),
    ("DEBUG", "a"),
    ("FLUSHALL", ""),
    ("SHUTDOWN", ""),
    ("MIGRATE", "a 1 a 0 1"),
    ("BGSAVE", ""),
    ("KEYS", "a"),
)
#: INFO commandstats: what changes users and their rights. Before Redis 7 CONFIG has no line for
#: SET alone, and we ask CONFIG GET ourselves.
_CHANGING = (
    *("cmdstat_acl", "cmdstat_acl|setuser", "cmdstat_acl|deluser", "cmdstat_acl|load"),
    "cmdstat_config|set",
)
DRYRUN_COMMAND = Command(
    "ACL DRYRUN",
    f"about 2 µs each of {len(_DANGEROUS)}, at first and when users or parameters were changed",
    optional=True,
    on=frozenset({Server.REDIS, Server.VALKEY}),
)

RIGHTS = Metric(
    name="redis_security_dangerous_rights",
    help="How many dangerous commands the user of this service may run (ACL DRYRUN of"
    f" {', '.join(name for name, _ in _DANGEROUS)}).",
)
DANGEROUS_RIGHTS = Condition(
    code="DANGEROUS_RIGHTS",
    summary="the user that this service has for itself may run dangerous commands (a note for the"
    " default user)",
    advice="redis-health acl prints the ACL SETUSER line of a user that may not",
)


@dataclass(frozen=True, slots=True)
class Rights:
    """The dangerous commands that a user may run, as long as the ``stamp`` is the same."""

    stamp: tuple[str, ...]
    held: tuple[str, ...]


def stamp(info: InfoReply) -> tuple[str, ...]:
    """Something that changes whenever a command has changed users, rights or parameters."""
    return tuple(info.fields.get(name, "") for name in ("run_id", *_CHANGING))


async def rights_of(reader: Reader, info: InfoReply, user: str) -> Rights | None:
    """What a user may do, None where it cannot be known.

    What is known is the fact ``rights of <user>``, asked again when the stamp differs.
    """
    now, before = stamp(info), reader.last.get(f"rights of {user}")
    if isinstance(before, Rights) and before.stamp == now:
        return before
    if version(info) < (7,):
        return None
    held = []
    for name, arguments in _DANGEROUS:
        command = (*name.split(), *arguments.split())
        try:
            reply = text(await reader.optional("ACL", "DRYRUN", user, *command))
        except Unavailable:
            return None
        except RedisFault as fault:
            if fault.failure.nature is not Nature.REPLY:
                raise
            # Renamed, or switched off: then nobody has it by this name.
            continue
        if reply == "OK":
            held.append(name)
    return Rights(now, tuple(held))


def own_rights(reader: Reader, rights: Rights | None) -> Iterable[Item]:
    """What our own user may do and need not."""
    if rights is None:
        return
    yield Sample(RIGHTS, float(len(rights.held)))
    access, message = reader.access, None
    user = access.user or "default"
    # Without any login it is the default user that is wrong, and told as such.
    if rights.held and (access.user is not None or access.password):
        message = f"user {user} of this service may run {several(rights.held)}"
    yield from Looked(DANGEROUS_RIGHTS, message, note=user == "default").items()

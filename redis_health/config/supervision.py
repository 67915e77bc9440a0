"""The options of ``redis-health run``, which has the server as its child."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from redis_health.config.kinds import choice, seconds
from redis_health.config.option import Option
from redis_health.config.service import LONGEST, PREFIX

_GROUP = "Server process (run)"


class Restart(StrEnum):
    """When a server that has ended is started again."""

    NEVER = "never"
    ON_FAILURE = "on-failure"


@dataclass(frozen=True, slots=True, kw_only=True)
class Supervision:
    """How the server process is kept.

    ``stop_timeout`` is how many seconds it has to end once it was told to.
    """

    stop_timeout: float
    restart: Restart


STOP_TIMEOUT = Option(
    name="stop-timeout",
    env=PREFIX + "STOP_TIMEOUT",
    kind=seconds(1, LONGEST),
    # Patient, since a large data set takes minutes to save: whoever stops us has a limit too.
    default=600.0,
    help=(
        "Time that the server of run has for saving when it is stopped; then it is killed. "
        "Docker kills all after 10 s, Kubernetes after 30 s, unless you tell them otherwise."
    ),
    group=_GROUP,
)
RESTART = Option(
    name="restart",
    env=PREFIX + "RESTART",
    kind=choice({word.value: word for word in Restart}),
    default=Restart.NEVER,
    help="Whether run starts a server again that has failed (after 1 s, then 2 s, up to 30 s).",
    group=_GROUP,
)

SUPERVISION: tuple[Option[Any], ...] = (STOP_TIMEOUT, RESTART)

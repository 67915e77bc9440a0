"""The error tree.

RedisHealthError
├── ConfigError             an option, variable or file key is wrong: names it, exit status 2
├── ListenError             an address of the service cannot be listened on: exit status 1
├── ProbeError              a probe could not observe what it is for
│   ├── RedisFault          Redis, or the way to it, failed: carries a classified Failure
│   └── OwnFault            the service itself failed (stalled loop, no descriptors): never evidence
└── Unavailable             the server does not offer, or does not allow us, an optional command
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from redis_health.model import Failure


class RedisHealthError(Exception):
    """Root of every error that this package raises on purpose."""


class ConfigError(RedisHealthError):
    """A setting is wrong; the message names the setting and its source, never its secret."""


class ListenError(RedisHealthError):
    """An address of the service cannot be listened on; the message names it and says why."""


class ProbeError(RedisHealthError):
    """A probe could not observe what it is for."""


class RedisFault(ProbeError):
    """Redis, or the way to it, failed; ``failure`` says how, in the terms of the taxonomy."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(f"{failure.code}: {failure.message}")
        self.failure = failure


class OwnFault(ProbeError):
    """The service itself failed while it was asking, so the answer is no evidence about Redis."""


class Unavailable(RedisHealthError):
    """An optional command that this server does not have or our user may not run.

    ``command`` is the command's name, ``refusal`` what the server said of it.
    """

    def __init__(self, command: str, refusal: str) -> None:
        super().__init__(f"{command}: {refusal}")
        self.command = command
        self.refusal = refusal

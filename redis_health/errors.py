"""The error tree.

RedisHealthError
├── ConfigError             an option, variable or file key is wrong: names it, exit status 2
├── ListenError             an address of the service cannot be listened on: exit status 1
├── CommandError            the server of ``run`` cannot be started: has the exit status
├── ProbeError              a probe could not observe what it is for
│   ├── RedisFault          Redis, or the way to it, failed: carries a classified Failure
│   └── OwnFault            the service itself failed (stalled loop, no descriptors): never evidence
├── ScrapeRefused           a /scrape request gets no metrics; the message may be shown to anybody
│   ├── BadTarget           the parameter ``target`` is missing or malformed
│   ├── TargetNotAllowed    nothing that the operator listed admits the target
│   └── ScrapesExhausted    as much is under way as may be at a time: a later request may do better
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


class CommandError(RedisHealthError):
    """The server of ``run`` cannot be started; the message names it and says why.

    ``status`` is the exit status that tells of it, as a shell has it: 127 not found, 126 not
    executable.
    """

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


class ProbeError(RedisHealthError):
    """A probe could not observe what it is for."""


class RedisFault(ProbeError):
    """Redis, or the way to it, failed; ``failure`` says how, in the terms of the taxonomy."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(f"{failure.code}: {failure.message}")
        self.failure = failure


class OwnFault(ProbeError):
    """The service itself failed while it was asking, so the answer is no evidence about Redis."""


class ScrapeRefused(RedisHealthError):
    """A /scrape request gets no metrics; the message is one line without input or secrets."""


class BadTarget(ScrapeRefused):
    """The parameter ``target`` is missing or malformed."""


class TargetNotAllowed(ScrapeRefused):
    """Nothing that the operator listed admits the target."""


class ScrapesExhausted(ScrapeRefused):
    """As much is under way as may be at a time."""


class Unavailable(RedisHealthError):
    """An optional command that this server does not have or our user may not run.

    ``command`` is the command's name, ``refusal`` what the server said of it.
    """

    def __init__(self, command: str, refusal: str) -> None:
        super().__init__(f"{command}: {refusal}")
        self.command = command
        self.refusal = refusal

"""What the configuration comes to: frozen, complete, and without a secret in its repr."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from redis_health.model import Policy, ProbeOptions, Target

if TYPE_CHECKING:
    # They are made of options, which know this module.
    from redis_health.config.scrape import ScrapeSettings
    from redis_health.config.supervision import Supervision
    from redis_health.config.web_config import WebConfig

#: What stands in the place of a secret wherever settings are shown.
MASK = "********"


class LogFormat(StrEnum):
    """How log lines look; ``auto`` is ``console`` on a terminal and ``json`` elsewhere."""

    AUTO = "auto"
    JSON = "json"
    CONSOLE = "console"


class LogLevel(StrEnum):
    """The least severe log lines that are written."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Listen:
    """An address to listen on.

    ``host`` of None is every address of both families, ``port`` of 0 any free port.
    """

    host: str | None
    port: int

    def __str__(self) -> str:
        """As the operator writes it: ``:9091``, ``127.0.0.1:8080``, ``[::1]:9091``."""
        host = self.host or ""
        return f"[{host}]:{self.port}" if ":" in host else f"{host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Source:
    """The value of an option as people may see it (a secret is masked), and where it is from.

    ``origin`` is ``default``, ``environment REDIS_HOST``, ``flag --redis-host`` or
    ``file PATH: redis_host``.
    """

    value: str
    origin: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything that the operator decides.

    ``drain_delay`` is in seconds; ``web`` is None for plain HTTP that is open to all. ``sources``
    has every option by name, ``warnings`` what the operator should be told although it is no error;
    neither holds a secret.
    """

    target: Target
    policy: Policy
    probe_options: ProbeOptions
    listen: tuple[Listen, ...]
    log_format: LogFormat
    log_level: LogLevel
    drain_delay: float
    scrape: ScrapeSettings
    supervision: Supervision
    web: WebConfig | None
    sources: Mapping[str, Source]
    warnings: tuple[str, ...]

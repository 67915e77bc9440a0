"""What a panel of the dashboard is made of, apart from how Grafana writes it down."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, StrEnum

#: Stands for the variables in an expression: ``redis_up{*}``, ``redis_latency_seconds{*,…}``.
PLACE = "{*"
SELECTOR = '{job=~"$job",instance=~"$instance"'


class Unit(StrEnum):
    """Grafana's names of units."""

    SECONDS = "s"
    TIMESTAMP = "dateTimeFromNow"
    BYTES = "bytes"
    BYTES_PER_SECOND = "Bps"
    PER_SECOND = "ops"
    RATIO = "percentunit"
    NUMBER = "short"


class Kind(Enum):
    """How a panel shows its series."""

    LINES = "lines"
    STATES = "states"
    VALUE = "value"


class Needs(Enum):
    """Why a panel may be empty: what its series need beyond one Redis that serves."""

    NOTHING_MORE = ""
    A_REASON = "there are reasons only while something is wrong"
    A_PAIR = "a primary with a replica"
    A_REPLICA = "the link to a primary is a fact about a replica"
    A_CLUSTER = "a node of a cluster"
    A_SENTINEL = "a Sentinel"
    A_LIMIT = "maxmemory is set"
    ERRORS = "Redis lists an error once it has happened"
    A_SLOW_COMMAND = "a command was slower than slowlog-log-slower-than"
    AN_EVENT = "Redis lists an event once it took longer than latency-monitor-threshold"
    A_FAILURE = "a probe has failed at least once"


@dataclass(frozen=True, slots=True)
class Query:
    """One expression, with ``{*`` where the variables go, and the legend of its series."""

    expr: str
    legend: str = "{{instance}}"
    needs: Needs = Needs.NOTHING_MORE

    @property
    def promql(self) -> str:
        """The expression as Grafana gets it."""
        return self.expr.replace(PLACE, SELECTOR)


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One panel; ``limit`` names the threshold that is drawn as a line.

    ``mappings`` gives values a text and a colour. ``width`` is in the 24 columns of Grafana.
    """

    title: str
    description: str
    queries: tuple[Query, ...]
    unit: Unit = Unit.NUMBER
    kind: Kind = Kind.LINES
    width: int = 8
    height: int = 8
    limit: str | None = None
    stacked: bool = False
    maximum: float | None = None
    mappings: Mapping[str, tuple[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """Panels under a title; a row that concerns few is folded until it is opened."""

    title: str
    panels: tuple[Panel, ...]
    folded: bool = False

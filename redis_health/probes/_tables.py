"""Short ways to write the tables of metrics, and what several probes declare."""

from __future__ import annotations

from collections.abc import Mapping

from redis_health.model import Command, Metric, MetricKind, Server

#: Words of INFO for something that went well or did not.
STATUS = {"ok": 1.0, "err": 0.0, "fail": 0.0}

EVERYWHERE = frozenset(Server)
INFO_COMMAND = Command(
    "INFO everything",
    "about 0.1 ms, 5 to 10 KB; one for all INFO probes of a round",
    on=EVERYWHERE,
)
CONFIG_COMMAND = Command(
    "CONFIG GET", "about 0.01 ms a parameter, four times a minute", optional=True
)


def gauge(
    name: str,
    section: str,
    field: str,
    *,
    scale: float = 1.0,
    values: Mapping[str, float] | None = None,
    aliases: tuple[str, ...] = (),
) -> Metric:
    """A gauge read from one INFO field."""
    return Metric(
        name=name,
        help=f"INFO {section}: {field}.",
        field=field,
        scale=scale,
        values=values or {},
        aliases=aliases,
    )


def counter(
    name: str, section: str, field: str, *, scale: float = 1.0, aliases: tuple[str, ...] = ()
) -> Metric:
    """A counter read from one INFO field."""
    return Metric(
        name=name,
        help=f"INFO {section}: {field}.",
        kind=MetricKind.COUNTER,
        field=field,
        scale=scale,
        aliases=aliases,
    )


def gauges(section: str, names: Mapping[str, str], *, scale: float = 1.0) -> tuple[Metric, ...]:
    """Gauges of one INFO section and one unit: metric name to field."""
    return tuple(gauge(name, section, field, scale=scale) for name, field in names.items())


def counters(section: str, names: Mapping[str, str], *, scale: float = 1.0) -> tuple[Metric, ...]:
    """Counters of one INFO section and one unit: metric name to field."""
    return tuple(counter(name, section, field, scale=scale) for name, field in names.items())

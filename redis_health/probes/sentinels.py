"""The Sentinels that watch over this Redis: whether it is the primary, and who could fail over."""

from __future__ import annotations

from collections.abc import Iterable

from redis_health.model import Command, Item, Probe, Reader, Server
from redis_health.probes import _sentinels_declared as declared
from redis_health.probes._sentinel_conditions import NOQUORUM, SDOWN, TILT
from redis_health.probes._sentinels_alerts import ALERTS
from redis_health.probes._tables import INFO_COMMAND

_SENTINELS = frozenset({Server.SENTINEL})


async def collect(reader: Reader) -> Iterable[Item]:
    """One round trip to each Sentinel, side by side, and the shared INFO of our own server."""
    # Most services have no Sentinels to ask.
    from redis_health.probes._sentinels_round import collected  # noqa: PLC0415

    return await collected(reader)


PROBE = Probe(
    name="sentinels",
    summary="whether the Sentinels name this server as the primary, and could fail over",
    interval=2.0,
    timeout=1.5,
    collect=collect,
    commands=(
        INFO_COMMAND,
        Command(
            "SENTINEL MASTER, GET-MASTER-ADDR-BY-NAME",
            "about 20 µs; on each Sentinel",
            on=_SENTINELS,
        ),
        Command(
            "SENTINEL MASTERS",
            "about 20 µs a primary; on each Sentinel, where no name is given",
            optional=True,
            on=_SENTINELS,
        ),
        Command("SENTINEL CKQUORUM", "about 5 µs; on each Sentinel", optional=True, on=_SENTINELS),
        Command(
            "SENTINEL SLAVES",
            "about 20 µs a replica; on each Sentinel, while they report the primary down",
            optional=True,
            on=_SENTINELS,
        ),
    ),
    metrics=declared.METRICS,
    thresholds=(declared.FOLLOWS_ANOTHER_FOR,),
    conditions=(*declared.CONDITIONS, NOQUORUM, TILT, SDOWN),
    alerts=ALERTS,
    independent=True,
)

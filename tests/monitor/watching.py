"""A monitor with short intervals beside a real server, and bounded waiting on the event loop."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence

from redis_health.model import Policy, Probe, ProbeOptions, Schedule, Target
from redis_health.monitor import Monitor
from redis_health.probes import catalogue
from tests.servers import RedisServer

#: Seconds: far more than anything here takes, for a machine that is busy with other things.
PATIENCE = 15.0


def schedules(
    probes: Sequence[Probe], *, interval: float = 0.3, timeout: float = 0.5
) -> dict[str, Schedule]:
    return {probe.name: Schedule(interval=interval, timeout=timeout) for probe in probes}


def monitor(
    server: RedisServer | int,
    *,
    probes: Sequence[Probe] | None = None,
    policy: Policy | None = None,
    options: ProbeOptions | None = None,
    target: Target | None = None,
) -> Monitor:
    """Watches a server, or a port."""
    port = server if isinstance(server, int) else server.port
    found = catalogue() if probes is None else probes
    return Monitor(
        target or Target(host="127.0.0.1", port=port),
        probes=found,
        policy=policy or Policy(schedules=schedules(found)),
        options=options,
    )


async def until(condition: Callable[[], object], *, within: float = PATIENCE) -> None:
    """Waits until the condition holds; AssertionError when it does not."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + within
    while not condition():
        assert loop.time() < deadline, "it did not come about"
        await asyncio.sleep(0.005)


def deaf(_ended: float, _seconds: float) -> None:
    """Listens to stalls and does nothing."""


def block(seconds: float) -> None:
    """Stands still on the event loop, as a bug in the service would."""
    time.sleep(seconds)

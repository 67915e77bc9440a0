"""Both exporters beside one server, at one moment."""

from __future__ import annotations

import time
from dataclasses import dataclass

from redis_health.probes import catalogue
from tests.peer.exporter import Exporter
from tests.peer.pages import Page, Series, read
from tests.ports import poll
from tests.servers import RedisServer
from tests.service import ServiceProcess

#: Types whose numbers only grow.
GROWING = frozenset({"counter", "histogram"})
#: About the exporters themselves: what one tells of itself the other cannot.
OWN = ("redis_exporter_", "redis_target_scrape_", "go_", "process_", "promhttp_")


@dataclass(frozen=True, slots=True)
class Observation:
    """A page of ours from before theirs was asked for, theirs, and ours from after it."""

    before: Page
    theirs: Page
    after: Page


def observe(server: RedisServer) -> Observation:
    """Look at a server that is quiet, with the default flags of both; only ours looks often."""
    often = {f"REDIS_HEALTH_{probe.name.upper()}_INTERVAL": "0.4" for probe in catalogue()}
    environment = {"REDIS_URL": server.url, "REDIS_HEALTH_DRAIN_DELAY": "0", **often}
    with Exporter(server) as exporter, ServiceProcess(environment=environment) as service:
        assert poll(lambda: service.get("/startupz").status == 200, within=30.0)
        # What is asked once and never again is part of the page from the next INFO on.
        started = time.monotonic()
        assert poll(lambda: _asked_since(service, started), within=30.0, every=0.05)
        before = read(service.metrics())
        theirs = read(exporter.metrics())
        after = before

        def caught_up() -> bool:
            nonlocal after
            after = read(service.metrics())
            return not behind(after, theirs)

        assert poll(caught_up, within=30.0, every=0.1), behind(after, theirs)
        return Observation(before, theirs, after)


def _asked_since(service: ServiceProcess, moment: float) -> bool:
    age: float = service.health()["checks"]["commands"]["age_seconds"]
    return age < time.monotonic() - moment


def counterpart(page: Page, series: Series, but: frozenset[str] = frozenset()) -> Series | None:
    """Our series for one of theirs: it has all the labels of that, and may have more.

    The labels ``but`` are not compared. None where there is not exactly one.
    """
    wanted = {label for label in series.labels if label[0] not in but}
    found = [each for each in page.values if each.name == series.name and wanted <= {*each.labels}]
    return found[0] if len(found) == 1 else None


def behind(ours: Page, theirs: Page) -> list[str]:
    """The growing numbers that are less in ours than they were in theirs."""
    result = []
    for series, value in theirs.values.items():
        if series.name.startswith(OWN) or theirs.types[theirs.family(series.name)] not in GROWING:
            continue
        same = counterpart(ours, series)
        if same is not None and ours.values[same] < value:
            result.append(f"{series}: {ours.values[same]} < {value}")
    return result

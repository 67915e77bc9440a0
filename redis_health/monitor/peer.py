"""What redis_exporter tells of its own scrapes, told of our looks at Redis.

It asks Redis whenever it is scraped. Here a scrape is answered from memory, and so that dashboards
read what they did before, a look is a round of the probe that reads INFO.
"""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, Counter, Summary

from redis_health.model import Metric, MetricKind, ProbeResult, Sample, Snapshot, Standing

#: The probe whose rounds are the looks, and the checks without which a look sees nothing.
_LOOK = "server"
_DIAL = "connect"
_NEEDED = (_DIAL, "ping", _LOOK)
_OWN_FAULT = "OWN_FAULT"

LAST_DURATION = Metric(
    "redis_exporter_last_scrape_duration_seconds",
    "Duration in seconds of the last look at Redis: INFO.",
)
LAST_CONNECT_TIME = Metric(
    "redis_exporter_last_scrape_connect_time_seconds",
    "Seconds that the last fresh connection took until it was logged in.",
)
LAST_ERROR = Metric(
    "redis_exporter_last_scrape_error",
    "1 with the reason code in err when the last look at Redis failed, else 0 with none.",
    labels=("err",),
)
OF_THE_SNAPSHOT = (LAST_DURATION, LAST_CONNECT_TIME, LAST_ERROR)

SCRAPES = Metric("redis_exporter_scrapes_total", "Looks at Redis.", MetricKind.COUNTER)
SCRAPE_DURATION = Metric(
    "redis_exporter_scrape_duration_seconds",
    "Durations in seconds of the looks at Redis.",
    MetricKind.SUMMARY,
)
REQUEST_ERRORS = Metric(
    "redis_target_scrape_request_errors_total",
    "Requests to /scrape that were refused.",
    MetricKind.COUNTER,
)
OF_THE_SERVICE = (SCRAPES, SCRAPE_DURATION, REQUEST_ERRORS)


def peer_samples(snapshot: Snapshot) -> Iterator[Sample]:
    """The samples of the last look, none before the first."""
    look = snapshot.checks.get(_LOOK)
    if look is not None and look.last is not None:
        yield Sample(LAST_DURATION, round(look.last.finished - look.last.started, 6))
    seconds = snapshot.fact(_DIAL, "latency")
    if isinstance(seconds, float):
        yield Sample(LAST_CONNECT_TIME, seconds)
    needed = [snapshot.checks[name] for name in _NEEDED if name in snapshot.checks]
    if any(standing.rounds for standing in needed):
        error = next(filter(None, map(_error, needed)), "")
        yield Sample(LAST_ERROR, float(bool(error)), (error,))


def _error(standing: Standing) -> str:
    if standing.own_fault is not None:
        return _OWN_FAULT
    failure = standing.last.failure if standing.last is not None else None
    return "" if failure is None else failure.code


class Looks:
    """Counts the looks, in the registry of one monitor."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._count = Counter(SCRAPES.name, SCRAPES.help, registry=registry)
        self._duration = Summary(SCRAPE_DURATION.name, SCRAPE_DURATION.help, registry=registry)

    def round_ended(self, result: ProbeResult) -> None:
        """Counts the round, where it is a look."""
        if result.check == _LOOK:
            self._count.inc()
            self._duration.observe(result.finished - result.started)

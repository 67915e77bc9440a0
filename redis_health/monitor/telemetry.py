"""What the service tells of itself, as metrics."""

from __future__ import annotations

import itertools
import platform
from collections.abc import Callable, Iterable, Iterator

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector

from redis_health import __version__
from redis_health.model import (
    Metric,
    MetricKind,
    ProbeResult,
    Sample,
    Snapshot,
    State,
    Verdict,
)
from redis_health.monitor import peer

SERVICE_HEALTH = Metric("service_health", "Verdict of redis-health: 1 is up, 0.5 degraded, 0 down.")
REDIS_UP = Metric(
    "redis_up",
    "Whether Redis accepts connections and our login (1 or 0); absent before the first result.",
)
DETECT_WITHIN = Metric(
    "redis_health_detect_within_seconds",
    "Bound in seconds on the time from the loss of a required capability to the verdict.",
)
REASON = Metric(
    "redis_health_reason",
    "1 for each reason of the present verdict; absent otherwise.",
    labels=("code", "check", "severity"),
)
CHECK_HEALTHY = Metric(
    "redis_health_check_healthy",
    "Whether a check is observed and finds nothing wrong (1 or 0).",
    labels=("check",),
)
CHECK_AGE = Metric(
    "redis_health_check_last_observed_timestamp_seconds",
    "When Redis last gave what the check reports, in epoch seconds.",
    labels=("check",),
)

COLLECTOR_SUCCESS = Metric(
    "redis_health_collector_success",
    "Whether the last round of a probe got an answer of Redis (1 or 0);"
    " why not is counted in redis_health_probe_failures_total.",
    labels=("collector",),
)

#: Families made from the verdict and what it rests on; prometheus-client makes those below.
OF_THE_VERDICT = (
    SERVICE_HEALTH,
    REDIS_UP,
    DETECT_WITHIN,
    REASON,
    CHECK_HEALTHY,
    CHECK_AGE,
    COLLECTOR_SUCCESS,
    *peer.OF_THE_SNAPSHOT,
)

PROBE_DURATION = Metric(
    "redis_health_probe_duration_seconds",
    "Duration of probe rounds in seconds.",
    MetricKind.HISTOGRAM,
    ("probe",),
)
PROBE_FAILURES = Metric(
    "redis_health_probe_failures_total",
    "Failed probe rounds by reason code; OWN_FAULT is the service's own.",
    MetricKind.COUNTER,
    ("probe", "code"),
)
PROBE_LAST_SUCCESS = Metric(
    "redis_health_probe_last_success_timestamp_seconds",
    "When the probe last succeeded, in epoch seconds.",
    labels=("probe",),
)
PROBE_OVERRUNS = Metric(
    "redis_health_probe_overruns_total",
    "Rounds that took longer than the probe's interval.",
    MetricKind.COUNTER,
    ("probe",),
)
PROBE_RESTARTS = Metric(
    "redis_health_probe_restarts_total",
    "Probe tasks that died and were started again.",
    MetricKind.COUNTER,
    ("probe",),
)
TRANSITIONS = Metric(
    "redis_health_transitions_total",
    "Changes of the verdict.",
    MetricKind.COUNTER,
    ("from", "to"),
)
RECONNECTS = Metric(
    "redis_health_reconnects_total",
    "Kept connections that the server closed and that were replaced.",
    MetricKind.COUNTER,
)
LOOP_LAG = Metric(
    "redis_health_event_loop_lag_seconds",
    "Largest lateness in seconds of the event loop's heartbeat in the last 60 s.",
)
BUILD_INFO = Metric(
    "redis_health_build_info",
    "1, with the version of redis-health and of Python.",
    labels=("version", "python"),
)

OF_THE_SERVICE = (
    PROBE_DURATION,
    PROBE_FAILURES,
    PROBE_LAST_SUCCESS,
    PROBE_OVERRUNS,
    PROBE_RESTARTS,
    TRANSITIONS,
    RECONNECTS,
    LOOP_LAG,
    BUILD_INFO,
    *peer.OF_THE_SERVICE,
)

_BUCKETS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)


def verdict_samples(verdict: Verdict, *, wall_minus_now: float) -> Iterator[Sample]:
    """The samples that the verdict itself gives.

    ``wall_minus_now`` turns the verdict's monotonic times into epoch seconds.
    """
    yield Sample(SERVICE_HEALTH, verdict.state.health)
    if verdict.redis_up is not None:
        yield Sample(REDIS_UP, float(verdict.redis_up))
    yield Sample(DETECT_WITHIN, verdict.detect_within)
    for reason in verdict.reasons:
        yield Sample(REASON, 1.0, (reason.code, reason.check, reason.severity.value))
    for name, check in verdict.checks.items():
        yield Sample(CHECK_HEALTHY, float(check.status.value == "ok"), (name,))
        if check.observed is not None:
            yield Sample(CHECK_AGE, round(check.observed + wall_minus_now, 3), (name,))


def standing_samples(snapshot: Snapshot) -> Iterator[Sample]:
    """How the last round of each probe went; a probe without one has no sample."""
    for name, standing in snapshot.checks.items():
        if standing.rounds:
            last = standing.last
            success = standing.own_fault is None and last is not None and last.ok
            yield Sample(COLLECTOR_SUCCESS, float(success), (name,))


class Telemetry:
    """The counters of one monitor, in its own registry.

    ``process`` says whether this process is told of too: once is enough, however many monitors.
    """

    def __init__(
        self, registry: CollectorRegistry, *, lag: Callable[[], float], process: bool = True
    ) -> None:
        self._duration = Histogram(*_named(PROBE_DURATION), registry=registry, buckets=_BUCKETS)
        self._failures = Counter(*_named(PROBE_FAILURES), registry=registry)
        self._last_success = Gauge(*_named(PROBE_LAST_SUCCESS), registry=registry)
        self._overruns = Counter(*_named(PROBE_OVERRUNS), registry=registry)
        self._restarts = Counter(*_named(PROBE_RESTARTS), registry=registry)
        self._transitions = Counter(*_named(TRANSITIONS), registry=registry)
        self._reconnects = Counter(*_named(RECONNECTS), registry=registry)
        self._looks = peer.Looks(registry)
        if process:
            Gauge(*_named(LOOP_LAG), registry=registry).set_function(lag)
            build = Gauge(*_named(BUILD_INFO), registry=registry)
            build.labels(__version__, platform.python_version()).set(1)
            ProcessCollector(registry=registry)

    def prepare(self, probes: Iterable[str]) -> None:
        """Lets every probe's series begin at zero, so that a first increase can be seen."""
        for probe in probes:
            self._duration.labels(probe)
            self._overruns.labels(probe)
            self._restarts.labels(probe)
        for before, after in itertools.permutations(State, 2):
            self._transitions.labels(before.value, after.value)

    def round_ended(self, result: ProbeResult, *, interval: float) -> None:
        """Counts one round."""
        seconds = result.finished - result.started
        self._duration.labels(result.check).observe(seconds)
        self._looks.round_ended(result)
        if seconds > interval:
            self._overruns.labels(result.check).inc()
        if result.own_fault is not None:
            self._failures.labels(result.check, "OWN_FAULT").inc()
        elif result.failure is not None:
            self._failures.labels(result.check, result.failure.code).inc()
        else:
            self._last_success.labels(result.check).set(result.wall)

    def restarted(self, probe: str) -> None:
        """Counts a probe task that had died."""
        self._restarts.labels(probe).inc()

    def reconnected(self) -> None:
        """Counts a kept connection that was replaced."""
        self._reconnects.inc()

    def changed(self, before: Verdict, after: Verdict) -> None:
        """Counts a change of state."""
        self._transitions.labels(before.state.value, after.state.value).inc()


def _named(metric: Metric) -> tuple[str, str, tuple[str, ...]]:
    return metric.name, metric.help, metric.labels

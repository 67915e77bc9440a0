"""One declaration of every kind that the writer treats in a way of its own, with samples."""

from __future__ import annotations

from math import inf

from prometheus_client import CollectorRegistry, Counter, Info
from prometheus_client import Histogram as ClientHistogram

from redis_health.exposition import SnapshotCollector
from redis_health.model import Histogram, Metric, MetricKind, Sample, Summary

UP = Metric("redis_up", 'Whether "Redis" is there.')
EVICTED = Metric(
    "redis_keys_evicted_total",
    "Keys evicted.",
    MetricKind.COUNTER,
    aliases=("redis_evicted_keys_total",),
)
ERRORS = Metric("redis_total_error_replies", "Error replies.", MetricKind.COUNTER)
KEYS = Metric("redis_keys_total", "Keys by database.", labels=("db",))
LATENCY = Metric(
    "redis_command_latency_seconds", "Execution times.", MetricKind.HISTOGRAM, ("command",)
)
PERCENTILES = Metric("redis_latency_percentiles_usec", "Percents.", MetricKind.SUMMARY, ("cmd",))
QUANTILES = Metric("redis_health_round_seconds", "Rounds.", MetricKind.SUMMARY)

SAMPLES = (
    Sample(UP, 1.0),
    Sample(EVICTED, 1048576.0),
    Sample(ERRORS, 3.0),
    Sample(KEYS, 7.0, ("db0",)),
    Sample(KEYS, 0.0, ("db1",)),
    Sample(
        LATENCY,
        Histogram(((1e-06, 1.0), (0.001, 2.0), (1.0, 5.0), (inf, 5.0)), 1.25),
        ("config|get",),
    ),
    Sample(PERCENTILES, Summary(((50.0, 8.031), (99.9, 18.047)), 4.0, 40.5), ("set",)),
    Sample(QUANTILES, Summary(((0.5, 0.25), (1.0, 0.5)), 2.0, 0.75)),
)


def registry() -> CollectorRegistry:
    """A registry with the samples above, and with objects of prometheus-client's own."""
    made = CollectorRegistry()
    made.register(SnapshotCollector(lambda: SAMPLES))
    Counter("redis_health_scrapes", "Scrapes.", registry=made).inc(2)
    Info("redis_health_build", "The build.", registry=made).info({"version": "0.1.0"})
    ClientHistogram(
        "redis_health_request_seconds", "Requests.", buckets=(0.5, inf), registry=made
    ).observe(0.25)
    return made

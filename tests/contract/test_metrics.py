"""The metrics that the contract promises, on every server, in both formats."""

from __future__ import annotations

import re

import pytest
from prometheus_client import Metric
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics
from prometheus_client.parser import text_string_to_metric_families as text

from tests.contract.conftest import Watched
from tests.service import ServiceProcess

NONE: frozenset[str] = frozenset()
#: Name, type, labels; a histogram's ``le`` is left out.
PROMISED = (
    ("service_health", "gauge", NONE),
    ("redis_up", "gauge", NONE),
    ("redis_latency_seconds", "gauge", frozenset({"operation"})),
    ("redis_commands_processed_total", "counter", NONE),
    ("redis_commands_per_second", "gauge", NONE),
    ("redis_connections_current", "gauge", NONE),
    ("redis_connections", "gauge", NONE),
    ("redis_connections_rejected_total", "counter", NONE),
    ("redis_memory_used_bytes", "gauge", NONE),
    ("redis_memory_peak_bytes", "gauge", NONE),
    ("redis_memory_fragmentation_ratio", "gauge", NONE),
    ("redis_keys_total", "gauge", frozenset({"db"})),
    ("redis_keys_evicted_total", "counter", NONE),
    ("redis_keys_expired_total", "counter", NONE),
    ("redis_persistence_status", "gauge", frozenset({"type"})),
)
ACCEPT = {
    "text": "text/plain;version=0.0.4",
    "openmetrics": "application/openmetrics-text;version=1.0.0",
}


def scrape(service: ServiceProcess, form: str) -> dict[str, Metric]:
    """The families of one scrape, by the name of their samples."""
    response = service.get("/metrics", headers={"Accept": ACCEPT[form]})
    assert response.status == 200
    assert response.headers["content-type"].startswith(ACCEPT[form].split(";")[0])
    page = response.body.decode()
    families = openmetrics(page) if form == "openmetrics" else text(page)  # type: ignore[no-untyped-call]
    return {_sample_name(family): family for family in families}


def _sample_name(family: Metric) -> str:
    # Of a counter the parsers tell the name without the suffix.
    total = f"{family.name}_total"
    return total if any(sample.name == total for sample in family.samples) else family.name


@pytest.mark.parametrize("form", ACCEPT)
@pytest.mark.parametrize(("name", "kind", "labels"), PROMISED, ids=[row[0] for row in PROMISED])
def test_what_the_contract_promises(
    watched: Watched, form: str, name: str, kind: str, labels: frozenset[str]
) -> None:
    family = scrape(watched.service, form)[name]
    assert family.type == kind
    assert family.samples
    assert {frozenset(sample.labels) for sample in family.samples} == {labels}
    assert {sample.name for sample in family.samples} == {name}


@pytest.mark.parametrize("form", ACCEPT)
def test_execution_times_from_redis_7_on(watched: Watched, form: str) -> None:
    families = scrape(watched.service, form)
    name = "redis_command_latency_seconds"
    if watched.server.kind.version.startswith("6."):
        assert name not in families
        return
    family = families[name]
    assert family.type == "histogram"
    buckets = [sample for sample in family.samples if sample.name == f"{name}_bucket"]
    ladders: dict[str, list[str]] = {}
    for sample in buckets:
        assert set(sample.labels) == {"command", "le"}
        ladders.setdefault(sample.labels["command"], []).append(sample.labels["le"])
    assert "ping" in ladders
    assert len({tuple(ladder) for ladder in ladders.values()}) == 1
    counts = {s.labels["command"] for s in family.samples if s.name == f"{name}_count"}
    sums = {s.labels["command"] for s in family.samples if s.name == f"{name}_sum"}
    assert counts == sums == set(ladders)


def test_values(watched: Watched) -> None:
    families = scrape(watched.service, "text")

    def values(name: str) -> dict[tuple[str, ...], float]:
        return {tuple(s.labels.values()): s.value for s in families[name].samples}

    assert values("service_health") == {(): 1.0}
    assert values("redis_up") == {(): 1.0}
    assert values("redis_persistence_status") == {("rdb",): 1.0, ("aof",): 1.0}
    keys = values("redis_keys_total")
    assert keys.pop(("db0",)) == 1.0
    assert set(keys.values()) == {0.0}
    assert set(keys) == {(f"db{number}",) for number in range(1, 16)}
    assert {("ping",), ("info",), ("connect",)} <= set(values("redis_latency_seconds"))
    assert values("redis_connections") == values("redis_connections_current")


def test_both_formats_have_the_same_samples(watched: Watched) -> None:
    def samples(form: str) -> set[str]:
        # Not by the parsers, which have suffixes of their own.
        page = watched.service.get("/metrics", headers={"Accept": ACCEPT[form]}).body.decode()
        return set(re.findall(r"^([a-z].*) \S+$", page, re.MULTILINE))

    both = samples("text")
    assert both == samples("openmetrics")
    assert not [sample for sample in both if "_created" in sample]

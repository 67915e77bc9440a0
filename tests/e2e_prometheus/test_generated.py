"""What stands in deploy/ is what the declarations make, and the tools find it valid."""

from __future__ import annotations

import itertools
import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from grafana_foundation_sdk.models.dashboard import Dashboard

from deploy.grafana import generate as grafana
from deploy.grafana.panel import Panel
from deploy.grafana.rows import ROWS
from deploy.prometheus.operator import generate as operator
from tests.e2e_prometheus.shipped import ALERTMANAGER, FACTOR, PROMETHEUS, ROOT, faster
from tests.rules.promql import TARGET, Checker
from tests.rules.test_contract import SERIES

PANELS = [pytest.param(panel, id=panel.title) for row in ROWS for panel in row.panels]
OPERATOR = ROOT / "deploy" / "prometheus" / "operator"


def board() -> dict[str, Any]:
    document: dict[str, Any] = json.loads(grafana.FILE.read_text())
    return document


def boxes() -> list[dict[str, Any]]:
    """The panels and titles of rows, in folded rows too."""
    rows = board()["panels"]
    return [box for row in rows for box in (row, *row.get("panels", []))]


def manifest(name: str) -> dict[str, Any]:
    return _read(OPERATOR / name)


def _read(file: Path) -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load(file.read_text())
    return document


def test_the_dashboard_is_as_generated() -> None:
    assert grafana.FILE.read_text() == grafana.text(), "run make generate"


def test_the_rules_for_the_operator_are_as_generated() -> None:
    assert operator.FILE.read_text() == operator.text(), "run make generate"


def test_the_rules_for_the_operator_are_the_rules() -> None:
    assert manifest("prometheusrule.yaml")["spec"] == yaml.safe_load(operator.RULES.read_text())


def in_the_cluster(name: str, kind: str) -> list[dict[str, Any]]:
    """The objects of a kind in a file of the Kubernetes manifests."""
    text = (ROOT / "deploy" / "kubernetes" / name).read_text()
    return [each for each in yaml.safe_load_all(text) if each["kind"] == kind]


def selected(monitor: str, labels: dict[str, str]) -> bool:
    return bool(manifest(monitor)["spec"]["selector"]["matchLabels"].items() <= labels.items())


def test_the_pod_monitor_finds_the_sidecar() -> None:
    (server,) = in_the_cluster("base/statefulset.yaml", "StatefulSet")
    pod = server["spec"]["template"]
    assert selected("podmonitor.yaml", pod["metadata"]["labels"])
    ports = [port["name"] for each in pod["spec"]["containers"] for port in each.get("ports", [])]
    (endpoint,) = manifest("podmonitor.yaml")["spec"]["podMetricsEndpoints"]
    assert ports.count(endpoint["port"]) == 1


def test_the_service_monitor_finds_each_sidecar_once() -> None:
    (endpoint,) = manifest("servicemonitor.yaml")["spec"]["endpoints"]
    services = in_the_cluster("base/service.yaml", "Service")
    (service,) = [
        each
        for each in services
        if selected("servicemonitor.yaml", each["metadata"]["labels"])
        and endpoint["port"] in {port["name"] for port in each["spec"]["ports"]}
    ]
    assert service["spec"]["publishNotReadyAddresses"], "the sidecar of a Redis that is down"


def test_the_probe_asks_the_service_of_the_fleet() -> None:
    (service,) = in_the_cluster("fleet/service.yaml", "Service")
    (port,) = service["spec"]["ports"]
    prober = manifest("probe.yaml")["spec"]["prober"]
    assert prober["url"] == f"{service['metadata']['name']}:{port['port']}"
    assert prober["path"] == "/scrape"


def test_amtool_finds_the_routes_valid() -> None:
    _amtool("check-config", str(ALERTMANAGER))


@pytest.mark.parametrize(
    ("severity", "receiver"),
    [("critical", "page"), ("warning", "message"), ("info", "nobody")],
)
def test_where_an_alert_goes(severity: str, receiver: str) -> None:
    told = _amtool(
        "config", "routes", "test", f"--config.file={ALERTMANAGER}", f"severity={severity}"
    )
    assert told.strip() == receiver


def _amtool(*arguments: str) -> str:
    done = subprocess.run(["amtool", *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_silences_and_pages_are_of_alerts_that_exist() -> None:
    rules = yaml.safe_load(operator.RULES.read_text())["groups"]
    known = {rule["alert"] for group in rules for rule in group["rules"] if "alert" in rule}
    for inhibition in yaml.safe_load(ALERTMANAGER.read_text())["inhibit_rules"]:
        for matcher in inhibition["source_matchers"] + inhibition["target_matchers"]:
            name, operation, pattern = re.split(r" (=~|!~|!=|=) ", matcher)
            assert name == "alertname"
            assert operation in {"=", "!=", "=~", "!~"}
            assert any(re.fullmatch(pattern.strip('"'), alert) for alert in known), matcher


@pytest.mark.parametrize("panel", PANELS)
def test_a_panel_reads_what_is_exported(panel: Panel) -> None:
    checker = Checker({**SERIES, "scrape_duration_seconds": TARGET})
    for query in panel.queries:
        checker.labels(query.promql.replace("$__rate_interval", "1m").replace("$__range", "1h"))
    assert checker.problems == []


def test_every_box_has_a_number_and_a_place_of_its_own() -> None:
    numbers = [box["id"] for box in boxes()]
    assert len(set(numbers)) == len(numbers)
    places = [box["gridPos"] for box in board()["panels"]]
    for one, other in itertools.combinations(places, 2):
        beside = one["x"] + one["w"] <= other["x"] or other["x"] + other["w"] <= one["x"]
        above = one["y"] + one["h"] <= other["y"] or other["y"] + other["h"] <= one["y"]
        assert beside or above, (one, other)
    assert all(place["x"] + place["w"] <= 24 for place in places)


def test_every_query_of_a_panel_is_written() -> None:
    written = [
        target["expr"] for box in boxes() if box["type"] != "row" for target in box["targets"]
    ]
    declared = [query.promql for row in ROWS for panel in row.panels for query in panel.queries]
    assert written == declared


def test_the_library_reads_the_dashboard_back() -> None:
    read = Dashboard.from_json(board())
    assert read.uid == "redis-health"
    assert read.panels is not None
    assert len(read.panels) == len(board()["panels"])


def test_grafana_knows_how_often_prometheus_scrapes() -> None:
    provisioning = ROOT / "deploy" / "grafana" / "provisioning"
    (source,) = _read(provisioning / "datasources" / "prometheus.yaml")["datasources"]
    assert source["jsonData"]["timeInterval"] == _read(PROMETHEUS)["global"]["scrape_interval"]
    (provider,) = _read(provisioning / "dashboards" / "redis-health.yaml")["providers"]
    assert (provider["type"], provider["name"]) == ("file", board()["uid"])


def test_the_clocks_of_the_test_are_faster_all_alike() -> None:
    text = "    for: 30s\n    keep_firing_for: 5m\n  group_wait: 90s\n  interval: 30s\n"
    assert faster(text) == (
        "    for: 2000ms\n    keep_firing_for: 20000ms\n  group_wait: 6000ms\n  interval: 30s\n"
    )
    assert FACTOR == 15

"""The chart, as Helm itself lints and renders it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import helm_python
import pytest
import yaml

from redis_health import __version__
from tests.deploy.rights import default_rights
from tests.deploy.tools import (
    DEPLOY,
    ROOT,
    assert_restricted,
    container,
    of_kind,
    probes_of,
    rights_in,
    validated,
)

CHART = DEPLOY / "helm" / "redis-health"
SIDECAR: dict[str, Any] = {"auth": {"password": "for-health", "redisPassword": "for-all"}}
FLEET: dict[str, Any] = {
    "mode": "fleet",
    "auth": {"existingSecret": "logins"},
    "scrape": {
        "allow": ["*.databases:6379"],
        "credentials": True,
        "targets": ["redis://one.databases:6379"],
    },
}
OPERATOR: dict[str, Any] = {
    "podMonitor": {"enabled": True, "labels": {"release": "prometheus"}},
    "prometheusRule": {"enabled": True},
}
BARE: dict[str, Any] = {
    "networkPolicy": {"enabled": False},
    "podDisruptionBudget": {"enabled": False},
}
SCHEDULED: dict[str, Any] = {
    "imagePullSecrets": [{"name": "registry"}],
    "nodeSelector": {"disk": "fast"},
    "tolerations": [{"key": "redis", "operator": "Exists"}],
    "affinity": {"podAntiAffinity": {}},
    "env": {"REDIS_HEALTH_EXPECT_ROLE": "primary"},
}
VALUES = {
    "sidecar": SIDECAR,
    "sidecar-operator": {**SIDECAR, **OPERATOR},
    "sidecar-bare": {**SIDECAR, **BARE},
    "sidecar-scheduled": {**SIDECAR, **SCHEDULED, "redis": {"storageClassName": "ssd"}},
    "fleet": FLEET,
    "fleet-operator": {**FLEET, **OPERATOR},
    "fleet-own-secret": {"mode": "fleet", "auth": {"password": "for-health"}},
}


@pytest.fixture
def chart() -> Iterator[helm_python.Chart]:
    chart = helm_python.Chart.load(str(CHART))
    yield chart
    chart.close()


def rendered(chart: helm_python.Chart, values: Mapping[str, Any]) -> dict[str, str]:
    chart.validate_schema(chart.merge_values(dict(values)))
    files = chart.render(dict(values), name="cache", namespace="databases", is_install=True)
    return {Path(name).name: text for name, text in files.items()}


def resources_of(
    chart: helm_python.Chart, values: Mapping[str, Any], path: Path
) -> list[dict[str, Any]]:
    files = rendered(chart, values)
    manifests = [text for name, text in files.items() if name.endswith(".yaml") and text.strip()]
    return validated(path / "rendered.yaml", "\n---\n".join(manifests))


def pod_of(resources: list[dict[str, Any]], kind: str) -> dict[str, Any]:
    pod = of_kind(resources, kind)["spec"]["template"]["spec"]
    assert isinstance(pod, dict)
    return pod


@pytest.mark.parametrize("values", VALUES.values(), ids=VALUES.keys())
def test_helm_lint_finds_nothing_but_the_missing_icon(values: dict[str, Any]) -> None:
    told = helm_python.lint(str(CHART), values, strict=True)
    assert told["errors"] == []
    assert [each["error"] for each in told["messages"]] == ["icon is recommended"]


@pytest.mark.parametrize("values", VALUES.values(), ids=VALUES.keys())
def test_what_is_rendered_is_valid_and_restricted(
    chart: helm_python.Chart, values: dict[str, Any], tmp_path: Path
) -> None:
    resources = resources_of(chart, values, tmp_path)
    fleet = values.get("mode") == "fleet"
    pod = pod_of(resources, "Deployment" if fleet else "StatefulSet")
    assert_restricted(resources, pod)
    kinds = {each["kind"] for each in resources}
    assert ("NetworkPolicy" in kinds) is (values.get("networkPolicy") is None)
    assert ("PodMonitor" in kinds) is ("podMonitor" in values)
    assert ("PrometheusRule" in kinds) is ("prometheusRule" in values)
    assert ("Secret" in kinds) is ("existingSecret" not in values["auth"])


def test_probes_by_mode(chart: helm_python.Chart, tmp_path: Path) -> None:
    pod = pod_of(resources_of(chart, SIDECAR, tmp_path), "StatefulSet")
    assert list(probes_of(container(pod, "redis-health")).values()) == [
        "/livez",
        "/readyz",
        "/startupz",
    ]
    assert "tcpSocket" in container(pod, "redis")["livenessProbe"]
    pod = pod_of(resources_of(chart, FLEET, tmp_path), "Deployment")
    assert set(probes_of(container(pod, "redis-health")).values()) == {"/livez"}


def test_the_user_may_do_what_the_probes_need(chart: helm_python.Chart, tmp_path: Path) -> None:
    secret = of_kind(resources_of(chart, SIDECAR, tmp_path), "Secret")["stringData"]
    assert rights_in(secret["users.acl"], "redis-health") == default_rights()


def test_options_reach_the_service(chart: helm_python.Chart, tmp_path: Path) -> None:
    pod = pod_of(resources_of(chart, {**FLEET, **SCHEDULED}, tmp_path), "Deployment")
    given = {each["name"]: each["value"] for each in container(pod, "redis-health")["env"]}
    assert given["REDIS_HEALTH_SCRAPE_ALLOW"] == "*.databases:6379"
    assert given["REDIS_HEALTH_SCRAPE_CREDENTIALS"] == "/etc/redis-health/credentials.toml"
    assert given["REDIS_HEALTH_EXPECT_ROLE"] == "primary"
    assert pod["nodeSelector"] == {"disk": "fast"}


def test_the_rules_are_those_of_the_project(chart: helm_python.Chart, tmp_path: Path) -> None:
    resources = resources_of(chart, {**SIDECAR, **OPERATOR}, tmp_path)
    rules = yaml.safe_load((ROOT / "rules" / "redis_health.yml").read_text())
    assert of_kind(resources, "PrometheusRule")["spec"] == rules
    assert of_kind(resources, "PodMonitor")["metadata"]["labels"]["release"] == "prometheus"


def test_each_target_of_a_fleet_is_scraped(chart: helm_python.Chart, tmp_path: Path) -> None:
    monitor = of_kind(resources_of(chart, {**FLEET, **OPERATOR}, tmp_path), "PodMonitor")
    _, scrape = monitor["spec"]["podMetricsEndpoints"]
    assert scrape["path"] == "/scrape"
    assert scrape["params"] == {"target": ["redis://one.databases:6379"]}
    assert scrape["relabelings"][0]["replacement"] == "redis://one.databases:6379"


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"mode": "both"}, "mode"),
        ({**SIDECAR, "podMonitr": {}}, "podMonitr"),
        ({**SIDECAR, "env": {"PATH": "/bin"}}, "PATH"),
        ({**FLEET, "replicas": 0}, "replicas"),
        ({**FLEET, "url": "http://redis"}, "url"),
    ],
)
def test_a_wrong_value_is_named(
    chart: helm_python.Chart, values: dict[str, Any], told: str
) -> None:
    with pytest.raises(helm_python.HelmError, match=told):
        rendered(chart, values)


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({}, r"auth\.password"),
        ({"auth": {"password": "x"}}, r"auth\.redisPassword"),
        ({"mode": "fleet", "auth": {"password": "x"}, "scrape": {"credentials": True}}, "existing"),
    ],
)
def test_no_password_is_ever_made_up(
    chart: helm_python.Chart, values: dict[str, Any], told: str
) -> None:
    with pytest.raises(helm_python.HelmError, match=told):
        rendered(chart, values)


@pytest.mark.parametrize("values", [SIDECAR, FLEET], ids=["sidecar", "fleet"])
def test_the_notes_say_what_to_do_next(chart: helm_python.Chart, values: dict[str, Any]) -> None:
    notes = rendered(chart, values)["NOTES.txt"]
    assert "port-forward service/cache 9091" in notes
    assert "podMonitor.enabled" in notes


def test_the_chart_is_of_this_version() -> None:
    assert yaml.safe_load((CHART / "Chart.yaml").read_text())["appVersion"] == __version__

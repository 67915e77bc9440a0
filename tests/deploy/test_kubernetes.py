"""The overlays for Kubernetes, as kustomize renders them."""

from __future__ import annotations

import os
import shutil
import tomllib
from pathlib import Path
from typing import Any

import pytest

from redis_health.config import load
from redis_health.probes import catalogue
from tests.conftest import Services
from tests.deploy.rights import default_rights
from tests.deploy.tools import (
    DEPLOY,
    assert_restricted,
    clean,
    container,
    of_kind,
    probes_of,
    rights_in,
    validated,
)
from tests.servers import RedisServer

OVERLAYS = sorted(path.name for path in (DEPLOY / "kubernetes" / "overlays").iterdir())

#: What the kubelet puts into a container for Services named redis and redis-health.
SERVICE_LINKS = {
    f"{name}_{suffix}": value
    for name, port in (("REDIS", 6379), ("REDIS_HEALTH", 9091))
    for suffix, value in {
        "SERVICE_HOST": "10.0.0.1",
        "SERVICE_PORT": f"{port}",
        "SERVICE_PORT_HEALTH": f"{port}",
        "PORT": f"tcp://10.0.0.1:{port}",
        f"PORT_{port}_TCP": f"tcp://10.0.0.1:{port}",
        f"PORT_{port}_TCP_PROTO": "tcp",
        f"PORT_{port}_TCP_PORT": f"{port}",
        f"PORT_{port}_TCP_ADDR": "10.0.0.1",
    }.items()
}


def rendered(overlay: str, tmp_path: Path) -> list[dict[str, Any]]:
    if shutil.which("kubectl") is None and not os.environ.get("CI"):
        pytest.skip("kubectl, which renders the overlays, is not installed")
    text = clean("kubectl", "kustomize", DEPLOY / "kubernetes" / "overlays" / overlay)
    return validated(tmp_path / f"{overlay}.yaml", text)


def test_there_is_an_overlay_for_each_way_to_run_it() -> None:
    assert OVERLAYS == ["fleet", "sidecar"]


def test_the_sidecar_is_in_the_pod_of_redis(tmp_path: Path) -> None:
    resources = rendered("sidecar", tmp_path)
    pod = of_kind(resources, "StatefulSet")["spec"]["template"]["spec"]
    assert_restricted(resources, pod)
    assert probes_of(container(pod, "redis-health")) == {
        "livenessProbe": "/livez",
        "readinessProbe": "/readyz",
        "startupProbe": "/startupz",
    }
    redis = container(pod, "redis")
    assert "tcpSocket" in redis["livenessProbe"]
    assert not probes_of(redis)
    assert "readinessProbe" not in redis


def test_the_fleet_says_of_itself_whether_it_lives(tmp_path: Path) -> None:
    resources = rendered("fleet", tmp_path)
    pod = of_kind(resources, "Deployment")["spec"]["template"]["spec"]
    assert_restricted(resources, pod)
    assert set(probes_of(container(pod, "redis-health")).values()) == {"/livez"}


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_what_selects_pods_selects_these(overlay: str, tmp_path: Path) -> None:
    resources = rendered(overlay, tmp_path)
    (workload,) = (each for each in resources if each["kind"] in {"StatefulSet", "Deployment"})
    labels = workload["spec"]["template"]["metadata"]["labels"].items()
    selectors = [
        workload["spec"]["selector"]["matchLabels"],
        of_kind(resources, "PodDisruptionBudget")["spec"]["selector"]["matchLabels"],
        of_kind(resources, "NetworkPolicy")["spec"]["podSelector"]["matchLabels"],
        *(each["spec"]["selector"] for each in resources if each["kind"] == "Service"),
    ]
    assert all(selector.items() <= labels for selector in selectors)


def test_names_lead_to_a_redis_that_is_not_ready_and_clients_do_not(tmp_path: Path) -> None:
    services = {
        each["metadata"]["name"]: each["spec"]
        for each in rendered("sidecar", tmp_path)
        if each["kind"] == "Service"
    }
    assert services["redis-headless"]["publishNotReadyAddresses"] is True
    assert services["redis-headless"]["clusterIP"] == "None"
    assert "publishNotReadyAddresses" not in services["redis"]


def test_the_user_may_do_what_the_probes_need(tmp_path: Path) -> None:
    secret = of_kind(rendered("sidecar", tmp_path), "Secret")["stringData"]
    assert rights_in(secret["users.acl"], "redis-health") == default_rights()


def test_the_settings_of_the_fleet_are_settings(tmp_path: Path) -> None:
    fleet = DEPLOY / "kubernetes" / "fleet"
    text = (fleet / "redis-health.toml").read_text()
    credentials = tmp_path / "credentials.toml"
    secret = of_kind(rendered("fleet", tmp_path), "Secret")["stringData"]
    credentials.write_text(secret["credentials.toml"])
    credentials.chmod(0o600)
    file = tmp_path / "redis-health.toml"
    file.write_text(text.replace(tomllib.loads(text)["scrape_credentials"], str(credentials)))
    settings = load(catalogue(), flags={"config": str(file)}, environ={})
    assert not settings.warnings
    assert len(settings.scrape.allow) == 2
    assert settings.scrape.logins


def test_the_service_starts_among_service_links(services: Services, server: RedisServer) -> None:
    environment = {**SERVICE_LINKS, "REDIS_URL": server.url}
    service = services(environment=environment)
    assert service.get("/livez").status == 200
    assert "no such variable" not in service.stdout + service.stderr

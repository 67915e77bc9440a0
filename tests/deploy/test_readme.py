"""The snippets of the README, which have to work as they are pasted."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

from tests.deploy.tools import ROOT, clean, of_kind, validated

SNIPPETS = re.findall(r"```yaml\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.DOTALL)


def snippet(beginning: str) -> str:
    """The one snippet that begins like this."""
    (found,) = (text for text in SNIPPETS if text.startswith(beginning))
    return str(found)


def test_compose_takes_the_snippet(tmp_path: Path) -> None:
    file = tmp_path / "compose.yaml"
    file.write_text(snippet("services:"))
    text = clean("docker-compose", "--project-directory", ROOT, "-f", file, "config")
    build = yaml.safe_load(text)["services"]["redis-health"]["build"]
    assert (Path(build["context"]) / build["dockerfile"]).is_file()


def test_kubernetes_takes_the_snippet(tmp_path: Path) -> None:
    pod = of_kind(validated(tmp_path / "pod.yaml", snippet("apiVersion:")), "Pod")
    (health,) = (each for each in pod["spec"]["containers"] if each["name"] == "redis-health")
    paths = {kind: health[f"{kind}Probe"]["httpGet"]["path"] for kind in ("liveness", "readiness")}
    assert paths == {"liveness": "/livez", "readiness": "/readyz"}
    assert all("livenessProbe" not in each for each in pod["spec"]["containers"] if each != health)


def test_prometheus_takes_the_snippet(tmp_path: Path) -> None:
    file = tmp_path / "prometheus.yml"
    file.write_text(snippet("scrape_configs:"))
    assert "is valid prometheus config file" in clean("promtool", "check", "config", file)


def test_the_user_is_the_one_that_the_command_prints() -> None:
    assert clean("redis-health", "acl") in (ROOT / "README.md").read_text("utf-8")

"""The programs that judge what lies in ``deploy``, and where it lies."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"


def program(name: str) -> str:
    """A program beside this Python, or the system's; AssertionError where there is neither."""
    beside = Path(sys.executable).parent / name
    found = str(beside) if beside.exists() else shutil.which(name)
    assert found, f"{name} is not installed"
    return found


def clean(
    *command: str | Path, cwd: Path = ROOT, environment: Mapping[str, str] | None = None
) -> str:
    """The standard output of a program that succeeds and says nothing on standard error."""
    name, *arguments = map(str, command)
    done = subprocess.run(
        [program(name), *arguments],
        cwd=cwd,
        env=None if environment is None else dict(environment),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert not done.stderr, done.stderr
    return done.stdout


def documents(text: str) -> list[dict[str, Any]]:
    """The documents of a YAML file that are not empty."""
    return [each for each in yaml.safe_load_all(text) if each]


def of_kind(resources: list[dict[str, Any]], kind: str) -> dict[str, Any]:
    """The one resource of a kind."""
    (found,) = (each for each in resources if each["kind"] == kind)
    return found


def validated(path: Path, text: str) -> list[dict[str, Any]]:
    """Resources of Kubernetes that are valid by its own schemas; those of operators are not asked.

    The text is written to ``path`` for the validator.
    """
    resources = documents(text)
    own = [each for each in resources if "coreos.com" not in each["apiVersion"]]
    path.write_text(yaml.safe_dump_all(own))
    done = subprocess.run(
        [program("kubernetes-validate"), "--strict", "--quiet", str(path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return resources


def assert_restricted(resources: list[dict[str, Any]], pod: Mapping[str, Any]) -> None:
    """What the pod security standard "restricted" asks, and what else a sidecar can do without."""
    assert pod["enableServiceLinks"] is False
    assert pod["automountServiceAccountToken"] is False
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    for container in pod["containers"]:
        context = container["securityContext"]
        assert context["allowPrivilegeEscalation"] is False
        assert context["readOnlyRootFilesystem"] is True
        assert context["capabilities"] == {"drop": ["ALL"]}
        assert context.get("runAsUser", pod["securityContext"].get("runAsUser")) != 0
        assert {"cpu", "memory"} <= container["resources"]["requests"].keys()
        assert "memory" in container["resources"]["limits"]
    names = {each["metadata"]["name"] for each in resources if each["kind"] == "Secret"}
    mounted = {each["secret"]["secretName"] for each in pod["volumes"] if "secret" in each}
    assert mounted
    assert mounted <= names or not names


def container(pod: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The container of a name."""
    (found,) = (each for each in pod["containers"] if each["name"] == name)
    assert isinstance(found, dict)
    return found


def probes_of(container: Mapping[str, Any]) -> dict[str, str]:
    """The path that each probe of a container asks, by probe."""
    return {
        name: container[name]["httpGet"]["path"]
        for name in ("livenessProbe", "readinessProbe", "startupProbe")
        if "httpGet" in container.get(name, {})
    }


def rights_in(acl: str, user: str) -> set[str]:
    """The rules of a user in an ACL file, without the password."""
    (line,) = (line for line in acl.splitlines() if line.startswith(f"user {user} "))
    return {word for word in line.split()[3:] if not word.startswith(">")}

"""The Dockerfiles, before anything is built (see tests/images for the images)."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.deploy.tools import DEPLOY, ROOT, clean

DOCKERFILES = sorted((DEPLOY / "docker").glob("Dockerfile*"))


def instructions(path: Path) -> list[str]:
    """The instructions of a Dockerfile, each on one line, without comments."""
    lines = [line for line in path.read_text().splitlines() if not line.startswith("#")]
    return [each for each in "\n".join(lines).replace("\\\n", " ").splitlines() if each.strip()]


def final_stage(path: Path) -> list[str]:
    told = instructions(path)
    last = max(at for at, each in enumerate(told) if each.startswith("FROM "))
    return told[last:]


def test_there_is_one_for_the_sidecar_and_one_with_redis() -> None:
    assert [path.name for path in DOCKERFILES] == ["Dockerfile", "Dockerfile.redis"]


@pytest.mark.parametrize("path", DOCKERFILES, ids=lambda path: path.name)
def test_hadolint_has_nothing_to_say(path: Path) -> None:
    assert clean("hadolint", "--no-color", path) == ""


@pytest.mark.parametrize("path", DOCKERFILES, ids=lambda path: path.name)
def test_bases_are_pinned_to_a_patch_release(path: Path) -> None:
    for each in instructions(path):
        if each.startswith("FROM "):
            assert re.fullmatch(r"FROM \w+:\d+\.\d+\.\d+-[\w-]+( AS \w+)?", each), each


@pytest.mark.parametrize("path", DOCKERFILES, ids=lambda path: path.name)
def test_an_image_needs_no_root_and_no_shell(path: Path) -> None:
    stage = final_stage(path)
    (user,) = (each.split()[1] for each in stage if each.startswith("USER "))
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", user)
    assert not any(each.startswith(("RUN", "SHELL")) for each in stage)
    for each in stage:
        if each.startswith(("ENTRYPOINT", "CMD")):
            assert json.loads(each.split(maxsplit=1)[1]), each
    (check,) = (each for each in stage if each.startswith("HEALTHCHECK"))
    command = json.loads(check.split("CMD ", 1)[1])
    assert command[0] == "healthcheck"
    assert "http://localhost:9091/healthz" in command
    assert any(each.startswith("LABEL org.opencontainers.image.title=") for each in stage)


def test_no_more_is_sent_to_the_builder_than_an_image_needs() -> None:
    """The ignore file lists what goes in: whatever appears in the tree later stays out."""
    rules = (ROOT / ".dockerignore").read_text().splitlines()
    rules = [rule for rule in rules if rule and not rule.startswith("#")]
    assert rules[0] == "*"
    copied = {
        word.strip("/")
        for path in DOCKERFILES
        for each in instructions(path)
        if each.startswith("COPY ") and "--from" not in each
        for word in each.split()[1:-1]
    }
    assert copied == {rule.lstrip("!").removesuffix("/**") for rule in rules if rule[0] == "!"}

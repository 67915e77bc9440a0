"""Every alert has a page that helps, and every page an alert."""

from __future__ import annotations

import re

import pytest

from redis_health.alerting import runbook_url
from redis_health.cli.reference import all_metrics
from redis_health.config import options
from redis_health.probes import catalogue
from tests.rules.conftest import ALERTS, ROOT

PAGES = ROOT / "docs" / "runbooks"
METRICS = {name for _, metric in all_metrics() for name in (metric.name, *metric.aliases)}


def test_no_page_is_missing_or_left_over() -> None:
    assert {page.stem for page in PAGES.glob("*.md")} == {"README", *ALERTS}


@pytest.mark.parametrize("name", ALERTS)
def test_a_page_helps(name: str) -> None:
    text = (PAGES / f"{name}.md").read_text(encoding="utf-8")
    lines = text.splitlines()
    assert lines[0] == f"# {name}"
    assert len(lines) <= 25
    meaning, commands, nots = re.split(r"## First three commands|## What not to do", text)
    assert len(meaning.split()) > 15
    assert [line[:3] for line in commands.split("\n") if line] == ["1. ", "2. ", "3. "]
    assert len(re.findall(r"^\d\. `[^`]+`: \S", commands, re.MULTILINE)) == 3
    assert re.search(r"^- \S", nots, re.MULTILINE)


@pytest.mark.parametrize("name", ALERTS)
def test_the_link_leads_to_the_page(name: str) -> None:
    assert runbook_url(ALERTS[name]).endswith(f"/blob/main/docs/runbooks/{name}.md")


def test_options_and_metrics_in_the_pages_exist() -> None:
    text = "\n".join(page.read_text(encoding="utf-8") for page in PAGES.glob("*.md"))
    named = set(re.findall(r"`((?:redis|alert|expect|unsaved|memory|clients)_\w+)`", text))
    assert {"memory_ratio", "redis_active_defrag_running"} <= named
    assert named <= METRICS | {option.key for option in options(catalogue())}


def test_the_index_lists_them_all() -> None:
    index = (PAGES / "README.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| \[\w+\]\((\w+)\.md\)", index, re.MULTILINE) == list(ALERTS)

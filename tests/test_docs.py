"""The documents tell what the code declares, all of it and nothing else."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from redis_health.cli.reference import TABLES, all_conditions, all_metrics, rewritten
from redis_health.config import options
from redis_health.probes import catalogue

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
TEXT = "\n".join(document.read_text(encoding="utf-8") for document in DOCUMENTS)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_tables_are_up_to_date(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    assert rewritten(text) == text, "run: make generate"


def test_every_table_is_in_a_document() -> None:
    assert set(re.findall(r"<!-- generated: ([a-z-]+) -->", TEXT)) == set(TABLES)


def rows() -> set[str]:
    """All that stands in the first two columns of a table, without the code marks."""
    cells = re.findall(r"^\| *`?(.*?)`?(?:, also .*?)? *\| *`?(.*?)`? *\|", TEXT, re.MULTILINE)
    return {cell for row in cells for cell in row}


def test_every_option_has_a_row() -> None:
    found = rows()
    assert not [option.env for option in options(catalogue()) if option.env not in found]


def test_every_probe_has_a_row() -> None:
    found = rows()
    assert not [probe.name for probe in catalogue() if probe.name not in found]


def test_every_reason_has_a_row() -> None:
    found = rows()
    assert not [one.code for one in all_conditions() if one.code not in found]


def test_every_metric_has_a_row() -> None:
    found = rows()
    assert not [metric.name for _, metric in all_metrics() if metric.name not in found]


def test_every_probe_is_tested() -> None:
    files = list((ROOT / "tests" / "probes").glob("test_*.py"))
    tested = {file.stem.removeprefix("test_") for file in files}
    for file in files:
        # A file may be about several probes, or about a part of one.
        text = file.read_text(encoding="utf-8")
        tested |= set(re.findall(r"from redis_health\.probes\.(\w+) import", text))
        for names in re.findall(r"from redis_health\.probes import (.+)", text):
            tested |= set(names.split(", "))
    assert not [probe.name for probe in catalogue() if probe.name not in tested]


def test_variables_in_the_text_exist() -> None:
    known = {option.env for option in options(catalogue())}
    # The page on redis_exporter names its variables too.
    ours = "".join(
        document.read_text(encoding="utf-8")
        for document in DOCUMENTS
        if document.name != "redis_exporter.md"
    )
    named = set(re.findall(r"\bREDIS_(?:[A-Z]+_)*[A-Z]+\b", ours))
    links = {"REDIS_HEALTH_PORT", "REDIS_HEALTH_SERVICE_HOST"}
    assert named - known <= links


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(document: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", document.read_text(encoding="utf-8"))
    local = [link for link in links if "://" not in link]
    assert not [link for link in local if not (document.parent / link).exists()]

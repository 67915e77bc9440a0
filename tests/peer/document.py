"""docs/redis_exporter.md, whose tables are what the tests hold both exporters to."""

from __future__ import annotations

import re
from pathlib import Path

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "redis_exporter.md"
TEXT = DOCUMENT.read_text(encoding="utf-8")


def table(heading: str) -> list[list[str]]:
    """The rows of the table under a heading, without the code marks; AssertionError for none."""
    section = re.search(rf"^#+ {re.escape(heading)}$(.*?)(?=^#|\Z)", TEXT, re.MULTILINE | re.DOTALL)
    assert section, f"{DOCUMENT.name} has no section {heading}"
    lines = [line for line in section[1].splitlines() if line.startswith("|")]
    rows = [[_plain(cell) for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]
    assert len(rows) > 2, f"the section {heading} has no table"
    return rows[2:]


def first_column(heading: str) -> list[str]:
    """What the table under a heading is about."""
    return [row[0] for row in table(heading)]


def _plain(cell: str) -> str:
    return cell.replace("`", "").strip()

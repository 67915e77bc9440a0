"""Tells how many cases were tried."""

from __future__ import annotations

from collections import Counter

import pytest

#: The name under which a test hands on what it has tried: the target, and how many cases.
PROPERTY = "fuzz cases"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """By target, and in all, whichever process they were tried in."""
    total: Counter[str] = Counter()
    for reports in terminalreporter.stats.values():
        for report in reports:
            for name, found in getattr(report, "user_properties", ()):
                if name == PROPERTY and report.when == "call":
                    total[found[0]] += found[1]
    if total:
        terminalreporter.section("fuzz")
        for target, number in sorted(total.items()):
            terminalreporter.line(f"{target}: {number}")
        terminalreporter.line(f"fuzz cases run: {total.total()}")

"""Tells how many cases were tried."""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator

import pytest

from tests.fuzz.cases import CASES

_PROPERTY = "fuzz cases"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, None, None]:
    before = CASES.copy()
    try:
        return (yield)
    finally:
        item.user_properties += [(_PROPERTY, found) for found in (CASES - before).items()]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    total: Counter[str] = Counter()
    for reports in terminalreporter.stats.values():
        for report in reports:
            for name, found in getattr(report, "user_properties", ()):
                if name == _PROPERTY and report.when == "call":
                    total[found[0]] += found[1]
    if total:
        terminalreporter.section("fuzz")
        for target, number in sorted(total.items()):
            terminalreporter.line(f"{target}: {number}")
        terminalreporter.line(f"fuzz cases run: {total.total()}")

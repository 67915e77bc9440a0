"""One stack for all tests of this package: it takes longer to start than most of them to run."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.e2e_prometheus.stack import Stack, running


@pytest.fixture(scope="package")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Everything, found well."""
    with running(tmp_path_factory.mktemp("stack")) as started:
        started.wait_healthy()
        yield started


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how long each alert took, and with ``-v`` how many series each query has."""
    told = {"measured", "series"} if terminalreporter.verbosity > 0 else {"measured"}
    lines = [
        str(value)
        for report in terminalreporter.getreports("passed")
        for name, value in report.user_properties
        if name in told
    ]
    if lines:
        terminalreporter.write_sep("=", "Prometheus, end to end")
        terminalreporter.write_line("\n".join(lines))

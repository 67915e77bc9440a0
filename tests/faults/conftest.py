"""Faults that are played side by side, since each of them mostly waits, and their report."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

pytest.register_assert_rewrite("tests.faults.play", "tests.faults.watch")

from tests.certificates import Certificates  # noqa: E402
from tests.faults import document, outcome, report  # noqa: E402
from tests.faults.declared import FAULTS  # noqa: E402
from tests.faults.fault import Fault  # noqa: E402
from tests.faults.outcome import Outcome  # noqa: E402
from tests.faults.play import play  # noqa: E402

#: Scenes at a time: more of them would take the CPU from each other while services start.
SIDE_BY_SIDE = 12


@pytest.fixture(scope="module")
def scenes(
    request: pytest.FixtureRequest, certificates: Certificates
) -> Iterator[dict[str, Future[Outcome]]]:
    """The scene of every fault that this run has selected, under way."""
    here = [item for item in request.session.items if item.path == request.path]
    # A function without parameters has no callspec.
    parameters = [getattr(getattr(item, "callspec", None), "params", {}) for item in here]
    selected = [each["fault"] for each in parameters if isinstance(each.get("fault"), Fault)]
    faults = sorted(selected, key=lambda fault: -fault.seconds)
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        playing = {fault.name: pool.submit(play, fault, certificates) for fault in faults}
        yield playing
        pool.shutdown(cancel_futures=True)
    ended = {name: scene for name, scene in playing.items() if not scene.cancelled()}
    outcome.add({name: _outcome(scene) for name, scene in ended.items()})


def _outcome(scene: Future[Outcome]) -> Outcome:
    error = scene.exception()
    if error is None:
        return scene.result()
    return Outcome(problem=(str(error) or repr(error)).splitlines()[0])


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What was said of every fault of this run, by whom, and how soon."""
    reports = [*terminalreporter.getreports("passed"), *terminalreporter.getreports("failed")]
    ended = {each.nodeid.partition("[")[2].rstrip("]") for each in reports}
    names = {fault.name for fault in FAULTS if fault.slug in ended}
    outcomes = {name: each for name, each in outcome.load().items() if name in names}
    if not outcomes:
        return
    terminalreporter.write_sep("=", "faults")
    terminalreporter.write_line(report.summary(outcomes))
    if document.DOCUMENT.exists():
        # Not a failure: what others say may change with their versions.
        for line in document.differences(outcomes, document.DOCUMENT.read_text(encoding="utf-8")):
            terminalreporter.write_line(f"differs from the document: {line}")

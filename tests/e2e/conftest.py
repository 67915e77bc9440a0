"""Faults that run side by side, since each of them mostly waits."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

pytest.register_assert_rewrite("tests.e2e.lab")

from tests.certificates import Certificates  # noqa: E402
from tests.e2e.lab import Fault, play  # noqa: E402

#: Scenes at a time: more of them would take the CPU from each other while services start.
SIDE_BY_SIDE = 12


@pytest.fixture(scope="module")
def scenes(
    request: pytest.FixtureRequest, certificates: Certificates
) -> Iterator[dict[str, Future[None]]]:
    """The scene of every fault that this run has selected in this module, under way."""
    here = [item for item in request.session.items if item.path == request.path]
    # A function without parameters has no callspec.
    parameters = [getattr(getattr(item, "callspec", None), "params", {}) for item in here]
    selected = [each["fault"] for each in parameters if isinstance(each.get("fault"), Fault)]
    faults = sorted(selected, key=lambda fault: -fault.seconds)
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        yield {fault.name: pool.submit(play, fault, certificates) for fault in faults}
        pool.shutdown(cancel_futures=True)

"""Scenes that run side by side, since each of them mostly waits."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

pytest.register_assert_rewrite("tests.selfdoubt.scenes", "tests.selfdoubt.stage")

from tests.selfdoubt.scenes import SCENES  # noqa: E402

#: Scenes at a time: they are to stand still on purpose, and not because the machine is busy.
SIDE_BY_SIDE = 6


@pytest.fixture(scope="module")
def scenes(request: pytest.FixtureRequest) -> Iterator[dict[str, Future[None]]]:
    """The scenes that this run has selected, under way."""
    parameters = [getattr(item, "callspec", None) for item in request.session.items]
    names = {each.params.get("scene") for each in parameters if each is not None}
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        yield {scene.__name__: pool.submit(scene) for scene in SCENES if scene.__name__ in names}
        pool.shutdown(cancel_futures=True)

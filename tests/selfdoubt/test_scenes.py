"""What is our own fault is never blamed on Redis: real processes."""

from __future__ import annotations

from concurrent.futures import Future

import pytest

from tests.selfdoubt.scenes import SCENES


@pytest.mark.parametrize("scene", [scene.__name__ for scene in SCENES])
def test_scene(scene: str, scenes: dict[str, Future[None]]) -> None:
    scenes[scene].result()

"""Real faults of real servers, and what a real service says of them."""

from __future__ import annotations

from concurrent.futures import Future

import pytest

from tests.e2e.faults import FAULTS
from tests.e2e.lab import Fault


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name.replace(" ", "-"))
def test_fault(fault: Fault, scenes: dict[str, Future[None]]) -> None:
    scenes[fault.name].result()

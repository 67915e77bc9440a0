"""Real faults of real servers, and what a real service says of them."""

from __future__ import annotations

from concurrent.futures import Future

import pytest

from tests.faults.declared import FAULTS
from tests.faults.fault import Fault
from tests.faults.outcome import Outcome


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.slug)
def test_fault(fault: Fault, scenes: dict[str, Future[Outcome]]) -> None:
    scenes[fault.name].result()

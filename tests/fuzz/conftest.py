"""Counts the cases of each test."""

from __future__ import annotations

from collections.abc import Generator

import pytest

from tests.fuzz.cases import CASES
from tests.fuzz.report import PROPERTY


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, None, None]:
    before = CASES.copy()
    try:
        return (yield)
    finally:
        item.user_properties += [(PROPERTY, found) for found in (CASES - before).items()]

from __future__ import annotations

from math import inf, isnan, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redis_health.exposition.numbers import bound, number


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (1.0, "1"),
        (3, "3"),
        (-2.5, "-2.5"),
        (0.1, "0.1"),
        (1048576.0, "1048576"),
        (1e16, "1e+16"),
        (4e-06, "4e-06"),
        (inf, "+Inf"),
        (-inf, "-Inf"),
        (nan, "NaN"),
    ],
)
def test_a_value_is_short_and_has_no_needless_fraction(value: float, text: str) -> None:
    assert number(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (1e-06, "1e-06"),
        (0.0001, "0.0001"),
        (0.00025, "0.00025"),
        (0.001, "0.001"),
        (0.99, "0.99"),
        (1.0, "1"),
        (50.0, "50"),
        (99.9, "99.9"),
        (999999.0, "999999"),
        (1e6, "1e+06"),
        (1048576.0, "1.048576e+06"),
        (12345678.5, "1.23456785e+07"),
        (-2e6, "-2e+06"),
        (1e21, "1e+21"),
        (1.5e300, "1.5e+300"),
        (inf, "+Inf"),
        (-inf, "-Inf"),
    ],
)
def test_a_bound_is_spelt_as_go_spells_it(value: float, text: str) -> None:
    assert bound(value) == text


@given(st.floats())
def test_both_spellings_read_back_as_the_same_float(value: float) -> None:
    for text in (number(value), bound(value)):
        assert float(text) == value or (isnan(value) and text == "NaN")

"""From fields to numbers, and by tables to samples."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redis_health.info import count, number, parse_info, samples, scaled
from redis_health.model import Metric


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0", 0.0),
        ("-1", -1.0),
        ("1.08", 1.08),
        ("1e3", 1000.0),
        ("18446744073709551615", 18446744073709551615.0),
        ("", None),
        ("943.41K", None),
        ("99.59%", None),
        ("nan", None),
        ("-inf", None),
        ("1_0", None),
    ],
)
def test_number(text: str, value: float | None) -> None:
    assert number({"field": text}, "field") == value
    assert number({}, "field") is None
    assert count({"field": text}, "field") == int(value or 0)


@given(st.text())
def test_a_number_is_finite_whatever_the_text(text: str) -> None:
    value = number({"field": text}, "field")
    assert value is None or math.isfinite(value)


METRICS = (
    Metric(name="redis_used_bytes", help="", field="used_memory"),
    Metric(name="redis_fork_seconds", help="", field="latest_fork_usec", scale=1e-6),
    Metric(name="redis_input_bytes", help="", field="input_kbps", scale=1024.0),
    Metric(name="redis_status", help="", field="status", values={"ok": 1.0, "err": 0.0}),
    Metric(name="redis_computed", help=""),
)


def collected(text: str) -> dict[str, object]:
    info = parse_info(text, observed=0.0, seconds=0.0)
    return {sample.metric.name: sample.value for sample in samples(info, METRICS)}


def test_samples_by_table() -> None:
    text = "used_memory:966048\nlatest_fork_usec:350\ninput_kbps:0.50\nstatus:err\n"
    assert collected(text) == {
        "redis_used_bytes": 966048.0,
        "redis_fork_seconds": 0.00035,
        "redis_input_bytes": 512.0,
        "redis_status": 0.0,
    }


@pytest.mark.parametrize("text", ["", "used_memory:much\nstatus:unheard of\nlatest_fork_usec:\n"])
def test_what_cannot_be_read_gives_no_sample(text: str) -> None:
    assert collected(text) == {}


@pytest.mark.parametrize(
    ("value", "scale", "expected"),
    [(35.0, 0.001, 0.035), (14.0, 1e-6, 1.4e-05), (6.8, 0.01, 0.068), (2.0, 1024.0, 2048.0)],
)
def test_scaling_leaves_no_dust(value: float, scale: float, expected: float) -> None:
    assert scaled(value, scale) == expected

"""When rounds are due."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redis_health.monitor.grid import JITTER, Grid


@given(
    interval=st.floats(0.01, 3600.0),
    seed=st.integers(0, 2**32 - 1),
    elapsed=st.floats(0.0, 1e6),
)
def test_no_two_rounds_are_further_apart_than_the_interval(
    interval: float, seed: int, elapsed: float
) -> None:
    grid = Grid(1000.0, seed=seed)
    now = 1000.0 + elapsed
    moment = grid.next_after(now, interval)
    assert now < moment <= now + interval * (1 + 1e-9) + 1e-6
    for _ in range(5):
        later = grid.next_after(moment, interval)
        assert interval * (1 - JITTER) - 1e-6 <= later - moment <= interval * (1 + 1e-9) + 1e-6
        moment = later


@given(now=st.floats(0.0, 1000.0), shift=st.floats(0.0, 0.4))
def test_probes_of_one_interval_share_their_moments(now: float, shift: float) -> None:
    grid = Grid(0.0, seed=7)
    moment = grid.next_after(now, 5.0)
    between = min(now + shift, (now + moment) / 2)
    assert grid.next_after(between, 5.0) == moment


def test_two_monitors_do_not_beat_in_step() -> None:
    assert Grid(0.0).next_after(100.0, 5.0) != Grid(0.0).next_after(100.0, 5.0)


def test_jitter_does_not_add_up() -> None:
    grid, moment, rounds = Grid(0.0, seed=1), 0.0, 1000
    for _ in range(rounds):
        moment = grid.next_after(moment, 1.0)
    assert moment == pytest.approx(rounds * (1 - JITTER / 2), abs=1.0)

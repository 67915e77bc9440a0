"""The published bound on detection holds, whatever the configuration and the moment of the loss."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from redis_health.client.session import SHARED_FOR
from redis_health.model import Capability, Nature, Policy, Probe, Schedule, State
from redis_health.monitor.grid import Grid
from redis_health.probes.memory import OOM
from redis_health.verdict import detect_within, lifetime, pause
from redis_health.verdict.bounds import INFO_SHARED_FOR
from tests.verdict.story import (
    MISCONF,
    POLICY,
    PROBES,
    REFUSED,
    SCHEDULES,
    SILENT,
    WRONGPASS,
    Story,
    policy,
)

#: An answer of a healthy server, in seconds.
_ANSWER = 0.001
C = Capability
intervals = st.floats(0.05, 60.0)
timeouts = st.floats(0.05, 10.0)


def _only(probe: Probe, capability: Capability, schedule: Schedule, fall: int) -> Policy:
    return policy(
        requires=frozenset({capability}),
        schedules={probe.name: schedule},
        fall={**POLICY.fall, Nature.SILENCE: fall},
    )


def _next_pause(story: Story, probe: Probe, grid: Grid) -> float:
    interval = story.policy.schedules[probe.name].interval
    rest = pause(story.snapshot.checks[probe.name], probe, story.policy, interval)
    return grid.next_after(story.now, interval) - story.now if rest == interval else rest


@settings(max_examples=300, deadline=None)
@given(
    check=st.sampled_from([("ping", C.READ), ("connect", C.CONNECT), ("write", C.WRITE)]),
    interval=intervals,
    timeout=timeouts,
    fall=st.integers(1, 6),
    turns=st.integers(1, 4),
    part=st.floats(0.0, 1.0),
    ways=st.lists(st.sampled_from([SILENT, REFUSED]), min_size=6, max_size=6),
    seed=st.integers(0, 2**32),
)
def test_a_silence_at_any_moment_is_told_within_the_bound(
    *,
    check: tuple[str, Capability],
    interval: float,
    timeout: float,
    fall: int,
    turns: int,
    part: float,
    ways: list[object],
    seed: int,
) -> None:
    probe = PROBES[check[0]]
    schedule = Schedule(interval=interval, timeout=timeout)
    story = Story(_only(probe, check[1], schedule, fall), write=True, probes={probe.name: probe})
    grid = Grid(story.now, seed=seed)
    for _ in range(turns):
        story.wait(min(_ANSWER, timeout)).round(probe.name)
        rest = _next_pause(story, probe, grid)
        assert 0 < rest <= interval + 1e-9
        started = story.now
        story.wait(rest)
    lost_at = started + part * rest
    bound = story.verdict.detect_within
    for way in ways:
        # A refusal comes at once, silence lasts as long as we wait.
        story.wait(timeout if way is SILENT else 0.0)
        story.round(probe.name, SILENT if way is SILENT else REFUSED)
        if story.verdict.state is State.DOWN:
            break
        story.wait(_next_pause(story, probe, grid))
    assert story.verdict.state is State.DOWN
    assert story.now - lost_at <= bound


@settings(max_examples=100, deadline=None)
@given(interval=intervals, timeout=timeouts, part=st.floats(0, 1), seed=st.integers(0, 99))
def test_a_loss_that_info_tells_of_is_told_within_the_bound(
    interval: float, timeout: float, part: float, seed: int
) -> None:
    probe = PROBES["memory"]
    schedule = Schedule(interval=interval, timeout=timeout)
    story = Story(_only(probe, C.WRITE, schedule, 3), probes={"memory": probe})
    grid = Grid(story.now, seed=seed)
    story.round("memory")
    # The loss came just after the INFO that this round shared with another probe.
    lost_at = story.now - part * INFO_SHARED_FOR
    story.wait(_next_pause(story, probe, grid)).wait(timeout)
    story.round("memory", findings=[OOM.found("memory full")])
    assert story.verdict.state is State.DOWN
    assert story.now - lost_at <= story.verdict.detect_within


def test_the_default_bounds() -> None:
    def of(*names: str, **changes: object) -> float:
        return detect_within([PROBES[name] for name in names], policy(**changes))

    # One interval, three time-outs, and two pauses of 0.1 s between them.
    assert of("ping") == pytest.approx(4.3)
    assert of("connect") == pytest.approx(6.3)
    assert of("memory") == pytest.approx(7.6)
    assert of("slowlog") == 0.0
    assert of(*PROBES) == pytest.approx(8.3)
    # Whatever is required is lost with the server.
    assert of("ping", requires=frozenset({C.REDUNDANCY})) == pytest.approx(4.3)
    assert of("memory", requires=frozenset({C.READ})) == 0.0
    assert of("ping", schedules={}) == 0.0


def test_the_age_of_a_shared_info_is_part_of_the_bound() -> None:
    assert INFO_SHARED_FOR == SHARED_FOR


def test_doubt_is_asked_about_early_and_refused_logins_late() -> None:
    story = Story().well()
    ping, memory = PROBES["ping"], PROBES["memory"]

    def rest(name: str) -> float:
        schedule = SCHEDULES[name]
        return pause(story.snapshot.checks[name], PROBES[name], POLICY, schedule.interval)

    assert rest("ping") == 1.0
    story.round("ping", SILENT).round("memory", SILENT)
    assert (rest("ping"), rest("memory")) == (POLICY.recheck, memory.interval)
    story.round("ping", WRONGPASS)
    assert rest("ping") == 5.0
    story.round("ping", SILENT)
    assert rest("ping") == POLICY.recheck
    fast = replace(SCHEDULES["ping"], interval=0.02)
    assert pause(story.snapshot.checks["ping"], ping, POLICY, fast.interval) == 0.02


def test_a_result_lives_for_two_intervals_and_the_time_out() -> None:
    schedule = Schedule(interval=1.0, timeout=0.5)
    assert lifetime(schedule, None) == lifetime(schedule, MISCONF) == 2.5
    assert lifetime(schedule, WRONGPASS) == 10.5
    assert lifetime(Schedule(interval=30.0, timeout=1.0), WRONGPASS) == 61.0

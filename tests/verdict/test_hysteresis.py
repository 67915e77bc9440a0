"""How much evidence a failure and its end take, by nature."""

from __future__ import annotations

import pytest

from redis_health.model import Failure, Limits, Nature, State
from redis_health.probes.memory import MEMORY_RATIO
from redis_health.probes.persistence import UNSAVED_AGE
from tests.verdict.story import MISCONF, REFUSED, RESET, SILENT, WRONGPASS, Story, policy, reply

LOADING = reply("LOADING Redis is loading the dataset in memory")
BUSY = reply("BUSY Redis is busy running a script.")
NOPERM = reply("NOPERM User mon has no permissions to run the 'ping' command")


@pytest.mark.parametrize(
    ("failure", "needed"),
    [(SILENT, 3), (REFUSED, 2), (RESET, 2), (LOADING, 1), (BUSY, 1), (WRONGPASS, 1)],
)
def test_a_failure_counts_when_it_was_seen_often_enough(failure: Failure, needed: int) -> None:
    story = Story().well()
    for _ in range(needed - 1):
        story.wait(1.1).round("ping", failure)
        assert story.verdict.state is State.UP
        assert story.snapshot.checks["ping"].in_doubt
    story.wait(1.1).round("ping", failure)
    assert story.told == {failure.code: "down"}
    assert not story.snapshot.checks["ping"].in_doubt


@pytest.mark.parametrize(
    ("failure", "needed"), [(SILENT, 2), (REFUSED, 1), (LOADING, 1), (WRONGPASS, 1)]
)
def test_a_failure_ends_after_enough_successes(failure: Failure, needed: int) -> None:
    story = Story().well()
    for _ in range(3):
        story.round("ping", failure)
    for _ in range(needed - 1):
        story.wait(0.1).round("ping")
        assert story.told == {failure.code: "down"}
        assert story.snapshot.checks["ping"].in_doubt
    story.wait(0.1).round("ping")
    assert story.verdict.state is State.UP


def test_successes_in_between_start_the_count_anew() -> None:
    story = Story().well()
    for _ in range(3):
        story.round("ping", SILENT).round("ping", SILENT).round("ping")
    assert story.verdict.state is State.UP


def test_a_failure_during_recovery_starts_the_recovery_anew() -> None:
    story = Story().well()
    for failure in (SILENT, SILENT, SILENT, None, SILENT, None):
        story.round("ping", failure)
    assert story.told == {"TIMEOUT": "down"}
    story.round("ping")
    assert story.verdict.state is State.UP


@pytest.mark.parametrize(
    "rounds",
    [(SILENT, REFUSED), (REFUSED, SILENT, SILENT), (SILENT, SILENT, REFUSED)],
)
def test_no_answer_in_different_ways_is_one_trouble(rounds: tuple[Failure, ...]) -> None:
    story = Story().well()
    for failure in rounds[:-1]:
        story.round("ping", failure)
    assert story.verdict.state is State.UP
    story.round("ping", rounds[-1])
    assert story.told == {rounds[-1].code: "down"}


def test_what_is_known_to_be_silent_is_told_as_it_fails_now() -> None:
    story = Story().well()
    for _ in range(3):
        story.round("ping", SILENT)
    since = story.reason("TIMEOUT").since
    story.wait(5.0).round("ping", REFUSED)
    assert story.told == {"CONN_REFUSED": "down"}
    assert story.reason("CONN_REFUSED").since == since


def test_silence_after_an_error_reply_is_counted_anew() -> None:
    story = Story().well()
    story.round("ping", NOPERM)
    assert story.told == {"NOPERM_PROBE": "degraded"}
    for _ in range(2):
        story.wait(1.0).round("ping", SILENT)
        assert story.told == {"NOPERM_PROBE": "degraded"}
        assert story.snapshot.checks["ping"].in_doubt
    first = story.wall - 1.0
    story.wait(1.0).round("ping", SILENT)
    assert story.told == {"TIMEOUT": "down"}
    assert story.reason("TIMEOUT").since == first


def test_an_error_reply_counts_at_once_even_after_silence() -> None:
    story = Story().well()
    for _ in range(3):
        story.round("ping", SILENT)
    story.wait(1.0).round("ping", MISCONF)
    assert story.told == {"MISCONF_RDB": "down"}
    assert story.reason("MISCONF_RDB").since == story.wall


def test_the_operator_decides_how_much_silence_it_takes() -> None:
    patient = policy(
        fall={Nature.SILENCE: 5, Nature.TRANSPORT: 2, Nature.REPLY: 1},
        rise={Nature.SILENCE: 3, Nature.TRANSPORT: 1, Nature.REPLY: 1},
    )
    story = Story(patient).well()
    states = [story.round("ping", SILENT).verdict.state for _ in range(5)]
    assert states == [State.UP] * 4 + [State.DOWN]
    states = [story.round("ping").verdict.state for _ in range(3)]
    assert states == [State.DOWN] * 2 + [State.UP]


def test_the_first_success_is_enough_at_start_up() -> None:
    story = Story()
    assert story.well().verdict.state is State.UP


def test_a_round_that_we_spoilt_ourselves_changes_nothing() -> None:
    story = Story().well()
    before = story.snapshot.checks["ping"]
    for _ in range(10):
        story.round("ping", own_fault="the event loop stalled for 2.0 s")
    after = story.snapshot.checks["ping"]
    assert (after.streak, after.confirmed, after.last, after.rounds) == (0, None, before.last, 11)
    assert story.verdict.state is State.UP


def test_an_own_fault_does_not_break_a_row_of_failures() -> None:
    story = Story().well()
    for failure in (SILENT, SILENT):
        story.round("ping", failure).round("ping", own_fault="no descriptors")
    story.round("ping", SILENT)
    assert story.told == {"TIMEOUT": "down"}


@pytest.mark.parametrize(
    ("values", "alarms"),
    [
        ((0.89, 0.9, 0.86, 0.85, 0.84), (False, True, True, True, False)),
        ((0.95, 0.80, 0.86), (True, False, False)),
    ],
)
def test_a_threshold_is_left_later_than_it_was_entered(
    values: tuple[float, ...], alarms: tuple[bool, ...]
) -> None:
    story = Story().well()
    for value, alarm in zip(values, alarms, strict=True):
        story.wait(5.0).well("memory")
        story.round("memory", readings=[MEMORY_RATIO.read(value, f"memory {value:.0%}")])
        assert ("MEM_HIGH" in story.told) is alarm, value


def test_a_reason_that_lasts_keeps_its_beginning() -> None:
    story = Story().well()
    begun = story.wait(5.0).wall
    for value in (0.91, 0.93, 0.89):
        story.round("memory", readings=[MEMORY_RATIO.read(value, f"memory {value:.0%}")])
        reason = story.reason("MEM_HIGH")
        assert reason.since == begun
        assert reason.message == f"memory {value:.0%} (limit 0.9 ratio)"
        story.wait(5.0).well("memory")
    story.round("memory", readings=[MEMORY_RATIO.read(0.5, "")]).wait(1.0)
    story.round("memory", readings=[MEMORY_RATIO.read(0.95, "")])
    assert story.reason("MEM_HIGH").since == story.wall


def test_the_operator_sets_and_switches_thresholds() -> None:
    high = [MEMORY_RATIO.read(0.95, "memory")]
    old = [UNSAVED_AGE.read(1e6, "not saved")]
    story = Story(policy(limits={"memory_ratio": Limits(None, None)})).well()
    assert not story.round("memory", readings=high).round("persistence", readings=old).told
    story = Story(policy(limits={"unsaved_age": Limits(3600.0, None)})).well()
    assert story.round("persistence", readings=old).told == {"UNSAVED": "degraded"}
    young = [UNSAVED_AGE.read(3599.0, "not saved")]
    assert not story.round("persistence", readings=young).told


def test_a_threshold_may_be_crossed_downwards() -> None:
    from redis_health.probes.connect import CERTIFICATE_DAYS

    story = Story().well()
    told = [
        "TLS_EXPIRING" in story.round("connect", readings=[CERTIFICATE_DAYS.read(days, "")]).told
        for days in (14.1, 14.0, 14.9, 15.1)
    ]
    assert told == [False, True, True, False]

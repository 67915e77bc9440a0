"""What has not been observed for too long is no evidence, and is not blamed on Redis."""

from __future__ import annotations

import pytest

from redis_health.model import CheckStatus, State
from redis_health.probes.memory import OOM
from tests.verdict.story import REFUSED, SCHEDULES, SILENT, Story, reply

LIFETIME = {name: 2 * s.interval + s.timeout for name, s in SCHEDULES.items()}


def _kept_up(story: Story, without: str, until: float) -> None:
    """All checks but one go on until so many seconds have passed."""
    end = story.now + until
    while story.now + 1.0 < end:
        story.wait(1.0).well(without)
    story.now = end


@pytest.mark.parametrize("check", ["ping", "connect"])
def test_a_required_check_that_is_not_observed_is_down(check: str) -> None:
    story = Story().well()
    _kept_up(story, check, LIFETIME[check])
    assert story.verdict.state is State.UP
    story.wait(0.01)
    assert story.told == {"UNOBSERVED": "down"}
    assert story.reason("UNOBSERVED").message.startswith(f"not observed: {check} last ran")
    assert story.verdict.checks[check].status is CheckStatus.UNOBSERVED
    assert story.verdict.redis_up is None


def test_another_check_that_is_not_observed_degrades() -> None:
    story = Story().well()
    _kept_up(story, "memory", LIFETIME["memory"])
    assert story.verdict.state is State.UP
    assert "memory" in story.verdict.fresh
    story.wait(0.01)
    assert story.told == {"UNOBSERVED": "degraded"}
    assert story.verdict.fresh == set(story.probes) - {"memory"}
    assert story.verdict.redis_up is True


def test_old_findings_are_not_replayed() -> None:
    story = Story().well().round("memory", findings=[OOM.found("memory full")])
    assert story.told == {"OOM": "down"}
    _kept_up(story, "memory", LIFETIME["memory"] + 0.01)
    assert story.told == {"UNOBSERVED": "degraded"}


def test_nothing_green_is_replayed_when_all_is_old() -> None:
    story = Story().well().wait(1000.0)
    verdict = story.verdict
    assert (verdict.state, verdict.fresh, verdict.redis_up) == (State.DOWN, frozenset(), None)
    assert {view.status for view in verdict.checks.values()} == {CheckStatus.UNOBSERVED}
    assert " more" in story.reason("UNOBSERVED").message


def test_an_old_failure_is_not_replayed_either() -> None:
    story = Story().well()
    for _ in range(3):
        story.round("ping", SILENT)
    assert story.told == {"TIMEOUT": "down"}
    assert story.verdict.redis_up is False
    _kept_up(story, "ping", LIFETIME["ping"] + 0.01)
    assert story.told == {"UNOBSERVED": "down"}
    assert story.verdict.redis_up is None


def test_a_verdict_holds_until_something_in_it_goes_stale() -> None:
    story = Story().well()
    until = story.verdict.valid_until
    assert until == story.now + LIFETIME["ping"]
    story.now = until
    assert not story.told
    story.now = until + 1e-6
    assert story.told == {"UNOBSERVED": "down"}
    assert story.verdict.valid_until > story.now


def test_silence_in_doubt_is_redis_that_is_silent_and_not_we_that_do_not_look() -> None:
    story = Story().well()
    story.wait(2.0).round("ping", SILENT).well("ping")
    story.wait(1.1).round("ping", SILENT)
    verdict = story.verdict
    assert verdict.state is State.UP
    # What it said three seconds ago is no evidence of how fast it is now, though.
    assert "ping" not in verdict.fresh
    assert "memory" in verdict.fresh
    assert story.wait(1.1).round("ping", SILENT).told == {"TIMEOUT": "down"}


def test_a_failure_that_does_not_count_makes_no_old_green_fresh() -> None:
    story = Story().well().wait(10.0).well("ping").round("ping", REFUSED)
    # One refusal of the two that count: what is known of Redis is ten seconds old.
    assert story.told == {"UNOBSERVED": "down"}
    assert story.reason("UNOBSERVED").message == (
        "not observed: ping last answered 10 s ago (every 1 s)"
    )
    assert story.verdict.redis_up is None
    # Another kind of trouble does not renew it either.
    assert story.wait(0.1).round("ping", SILENT).verdict.redis_up is None
    assert story.wait(0.1).round("ping", REFUSED).told == {"CONN_REFUSED": "down"}


def test_info_that_is_silent_is_named_once_its_last_word_is_old() -> None:
    story = Story().well()
    begun = story.wait(7.0).wall
    story.round("memory", SILENT).well("memory")
    story.wait(5.1).round("memory", SILENT).well("memory")
    assert story.told == {"TIMEOUT": "degraded"}
    assert story.reason("TIMEOUT").since == begun
    assert "memory" not in story.verdict.fresh


def test_our_own_trouble_is_named_as_the_cause() -> None:
    fault = "the service cannot open a connection: Too many open files"
    story = Story().well()
    for _ in range(4):
        story.wait(1.0).well("connect", "ping").round("ping")
        story.round("connect", own_fault=fault)
    story.wait(4.0).well("connect")
    assert story.told == {"UNOBSERVED": "down"}
    assert fault in story.reason("UNOBSERVED").message
    assert story.verdict.checks["connect"].message == story.reason("UNOBSERVED").message
    assert "Redis itself may be well" in story.reason("UNOBSERVED").advice


def test_a_stall_of_our_loop_is_never_blamed_on_redis() -> None:
    story = Story().well().wait(10.0)
    story.snapshot = story.snapshot.with_stall(story.now, 10.0)
    assert story.told == {"UNOBSERVED": "down"}
    assert "own event loop stalled for 10.0 s" in story.reason("UNOBSERVED").message
    story.well()
    assert story.verdict.state is State.UP
    assert story.noted == {"LOOP_STALL"}
    story.wait(0.9).well()
    (note,) = story.verdict.notes
    assert "stalled for 10.0 s" in note.message


def test_with_the_way_lost_stale_checks_that_nobody_requires_are_not_told() -> None:
    story = Story().well()
    for _ in range(40):
        story.wait(1.0).round("ping", SILENT).round("connect", SILENT)
    assert story.told == {"TIMEOUT": "down"}
    assert not story.verdict.fresh


def test_what_was_never_observed_is_unobserved_in_the_end() -> None:
    story = Story()
    for _ in range(13):
        story.wait(1.0).well("memory", "ping").round("ping")
    assert story.told == {"UNOBSERVED": "degraded"}
    assert "memory never ran" in story.reason("UNOBSERVED").message


def test_a_login_that_is_refused_for_ever_stays_refused_between_its_rounds() -> None:
    story = Story().well()
    refused = reply("WRONGPASS invalid username-password pair", "AUTH")
    story.round("ping", refused).round("connect", refused)
    story.wait(5.1)
    assert story.told == {"WRONGPASS": "down"}


@pytest.mark.parametrize(
    ("fault", "stall", "told"),
    [
        (None, 1.5, "event loop stalled for 1.5 s"),
        ("Too many open files", 1.5, "Too many open files"),
        ("Too many open files", 20.0, "event loop stalled for 20.0 s"),
    ],
)
def test_a_short_stall_is_no_reason_where_another_is_known(
    fault: str | None, stall: float, told: str
) -> None:
    story = Story().well()
    story.snapshot = story.snapshot.with_stall(story.now, stall)
    story.wait(20.0)
    if fault is not None:
        story.round("connect", own_fault=fault)
    story.well("connect")
    assert told in story.reason("UNOBSERVED").message

"""What is told and changes no verdict."""

from __future__ import annotations

from redis_health.model import CheckStatus, State
from redis_health.verdict import CONDITIONS
from tests.verdict.story import EPOCH, REFUSED, SILENT, WRONGPASS, Story


def _go_on(story: Story, until: float) -> None:
    while story.now + 1.0 < until:
        story.wait(1.0).well()
    story.now = until
    story.well()


def test_a_blip_is_hidden_from_the_verdict_and_not_from_people() -> None:
    story = Story().well().wait(1.0).round("ping", SILENT)
    begun = story.wall
    story.wait(1.0).round("ping", SILENT).wait(1.0).well()
    (note,) = story.verdict.notes
    assert story.verdict.state is State.UP
    assert (note.code, note.check, note.since) == ("FLAP_SUPPRESSED", "ping", begun)
    assert note.message == "ping: 2 of 3 failures needed (TIMEOUT); last failure 1 s ago"
    assert story.verdict.checks["ping"].status is CheckStatus.OK
    _go_on(story, 1062.0)
    assert story.noted == {"FLAP_SUPPRESSED"}
    assert story.verdict.valid_until == 1062.0
    story.now = 1062.1
    assert not story.noted


def _blip(story: Story, check: str = "ping") -> None:
    story.wait(3.0).round(check, SILENT).wait(1.0).well()


def test_blips_that_come_again_and_again_are_no_accident() -> None:
    story = Story().well()
    for _ in range(3):
        _blip(story)
    assert story.verdict.state is State.UP
    first = story.wall
    for _ in range(3):
        _blip(story)
    (reason,) = story.verdict.reasons
    assert (reason.code, reason.check, reason.severity) == ("UNSTABLE", "ping", "degraded")
    assert reason.message == (
        "ping got no answer in time 6 times in the last minute, and each time it came back before"
        " that counted"
    )
    assert reason.since < first
    # The fourth from the end was at 1012, and counts for a minute.
    _go_on(story, 1072.0)
    assert story.told == {"UNSTABLE": "degraded"}
    assert story.verdict.valid_until == 1072.0
    _go_on(story, 1072.5)
    assert story.verdict.state is State.UP


def test_connections_that_break_are_replaced_at_once() -> None:
    story = Story().well()
    for _ in range(6):
        story.wait(3.0).round("connect", REFUSED).wait(0.1).well()
    assert story.verdict.state is State.UP


def test_what_other_checks_miss_is_not_unstable() -> None:
    for check in ("memory", "connect"):
        story = Story().well()
        for _ in range(6):
            _blip(story, check)
        assert story.verdict.state is State.UP


def test_losses_that_counted_are_no_blips() -> None:
    story = Story().well()
    for _ in range(6):
        for _ in range(3):
            story.wait(1.0).round("ping", SILENT)
        story.wait(1.0).well().wait(1.0).well()
    assert story.verdict.state is State.UP


def test_a_failure_that_counts_is_no_blip() -> None:
    story = Story().well()
    for _ in range(3):
        story.round("ping", SILENT)
    story.round("ping").round("ping")
    assert not story.noted
    assert not Story().well().round("connect", WRONGPASS).noted


def test_replaced_connections_are_counted_for_five_minutes() -> None:
    story = Story().well()
    story.snapshot = story.snapshot.with_reconnect(story.now)
    begun = story.wall
    assert story.verdict.state is State.UP
    (note,) = story.verdict.notes
    assert (note.code, note.since) == ("RECONNECTED", begun)
    assert note.message == "connection dropped by server, reconnected (1 in last 5 min)"
    story.wait(100.0).well()
    story.snapshot = story.snapshot.with_reconnect(story.now)
    assert "(2 in last 5 min)" in story.verdict.notes[0].message
    _go_on(story, 1300.5)
    assert "(1 in last 5 min)" in story.verdict.notes[0].message
    assert story.verdict.notes[0].since == begun + 100.0
    _go_on(story, 1400.5)
    assert not story.noted
    assert story.snapshot.with_reconnect(2000.0).reconnected == (2000.0,)


def test_a_note_that_ends_ends_the_verdict() -> None:
    story = Story().well()
    story.snapshot = story.snapshot.with_reconnect(story.now - 299.0)
    assert story.verdict.valid_until == story.now + 1.0


def test_a_stall_of_our_loop_is_told_for_a_minute() -> None:
    story = Story().well()
    story.snapshot = story.snapshot.with_stall(story.now, 2.5)
    (note,) = story.verdict.notes
    assert story.verdict.state is State.UP
    assert (note.code, note.check, note.since) == ("LOOP_STALL", "service", EPOCH + 1000.0)
    assert note.message == "event loop of this service stalled for 2.5 s until 22:30:00 UTC"
    _go_on(story, 1060.0)
    assert story.noted == {"LOOP_STALL"}
    _go_on(story, 1060.5)
    assert not story.noted


def test_every_condition_of_the_verdict_has_advice() -> None:
    codes = [condition.code for condition in CONDITIONS]
    assert len(codes) == len(set(codes))
    assert all(condition.summary and condition.advice for condition in CONDITIONS)
    assert {c.code for c in CONDITIONS if c.note} == {
        "FLAP_SUPPRESSED",
        "RECONNECTED",
        "LOOP_STALL",
    }

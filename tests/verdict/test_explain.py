"""Failures told better, and what tells of one thing told as one."""

from __future__ import annotations

import pytest

from redis_health.model import Failure, State
from redis_health.probes._replica import LINK_DOWN_STALE, SYNCING
from redis_health.probes.clients import CLIENTS_RATIO, PAUSED_WRITE
from redis_health.probes.persistence import BGSAVE_ERR
from redis_health.replies import conditions
from redis_health.verdict.evidence import Mark
from redis_health.verdict.merge import merged
from tests.verdict.story import (
    MISCONF,
    REFUSED,
    RESET,
    SILENT,
    UNEXPECTED,
    WRONGPASS,
    Story,
    policy,
    reply,
)

NOAUTH = reply("NOAUTH Authentication required.")
FULL = reply("ERR max number of clients reached")


def _gone(story: Story, check: str, failure: Failure) -> Story:
    for _ in range(3):
        story.round(check, failure)
    return story


@pytest.mark.parametrize("refusal", [WRONGPASS, NOAUTH])
def test_a_rotated_password_degrades_and_then_is_down(refusal: Failure) -> None:
    story = Story().well().wait(1.0)
    begun = story.now
    story.round("connect", refusal)
    assert story.told == {"CRED_ROTATED": "degraded"}
    assert story.verdict.redis_up is True
    while story.now < begun + 59.0:
        story.wait(1.0).well("connect").round("connect", refusal)
        assert story.told == {"CRED_ROTATED": "degraded"}
    # It is judged anew when the grace ends, although nothing else has happened.
    assert story.verdict.valid_until == begun + 60.0
    story.wait(1.0)
    assert story.told == {"CRED_ROTATED": "down"}
    assert story.verdict.redis_up is False
    assert story.reason("CRED_ROTATED").since == story.wall - 60.0
    assert "existing connection still works" in story.reason("CRED_ROTATED").message
    assert story.round("connect").verdict.state is State.UP


def test_a_refusal_that_is_worded_anew_does_not_begin_another_grace() -> None:
    story = Story(policy(login_grace=10.0)).well()
    for turn in range(11):
        story.wait(1.0).well("connect").round("connect", (WRONGPASS, NOAUTH)[turn % 2])
    assert story.told == {"CRED_ROTATED": "down"}


def test_a_blip_of_the_kept_connection_does_not_end_the_grace() -> None:
    story = Story().well().round("connect", WRONGPASS).round("ping", SILENT)
    assert story.told == {"CRED_ROTATED": "degraded"}


def test_without_the_kept_connection_a_refused_login_is_down_at_once() -> None:
    story = Story().well().round("connect", WRONGPASS).round("ping", WRONGPASS)
    assert story.told == {"WRONGPASS": "down"}
    assert story.verdict.redis_up is False
    assert not story.verdict.fresh


def test_an_accepted_rotation_still_shuts_out_new_clients_in_the_end() -> None:
    story = Story(policy(accepted=frozenset({"CRED_ROTATED"}))).well().round("connect", WRONGPASS)
    assert (story.verdict.state, story.verdict.redis_up) == (State.UP, True)
    story.wait(60.0).well("connect").round("connect", WRONGPASS)
    assert (story.verdict.state, story.verdict.redis_up) == (State.UP, False)


def test_a_server_that_wants_no_password_any_more_is_down_at_once() -> None:
    story = Story().well().round("connect", UNEXPECTED)
    assert story.told == {"AUTH_UNEXPECTED": "down"}


def _taken(story: Story, ratio: float) -> Story:
    message = f"{ratio * 12:.0f} of 12 connections taken ({ratio:.0%})"
    return story.round("clients", readings=[CLIENTS_RATIO.read(ratio, message)])


def test_a_full_server_is_down_for_new_clients() -> None:
    story = _taken(Story().well(), 1.0).round("connect", FULL)
    assert story.told == {"MAXCLIENTS": "down"}
    message = story.reason("MAXCLIENTS").message
    assert "max number of clients reached; 12 of 12 connections taken" in message
    # The kept connection goes on, so what INFO says is there.
    assert "memory" in story.verdict.fresh


def test_a_full_server_that_only_hangs_up_is_known_by_its_count() -> None:
    story = _taken(Story().well(), 1.0).round("connect", RESET)
    assert "MAXCLIENTS" not in story.told
    story.round("connect", RESET)
    assert story.told == {"MAXCLIENTS": "down"}
    assert "new connections are refused" in story.reason("MAXCLIENTS").message


def test_a_server_with_room_that_hangs_up_is_not_called_full() -> None:
    story = _gone(_taken(Story().well(), 0.5), "connect", RESET)
    assert story.told == {"CONN_RESET": "down"}
    story = _gone(Story().well("clients"), "connect", RESET)
    assert story.told == {"CONN_RESET": "down"}


def test_writes_that_hang_beside_reads_are_paused() -> None:
    story = _gone(Story(write=True).well(), "write", SILENT)
    assert story.told == {"PAUSED_WRITE": "down"}
    story = Story(write=True).well(role="slave")
    assert _gone(story, "write", SILENT).told == {"PAUSED_WRITE": "degraded"}


def test_writes_that_hang_with_reads_in_doubt_are_silence() -> None:
    story = Story(write=True).well().round("ping", SILENT)
    assert _gone(story, "write", SILENT).told == {"TIMEOUT": "down"}


def test_new_connections_that_hang_beside_the_kept_one_are_no_frozen_server() -> None:
    story = _gone(Story().well(), "connect", SILENT)
    reason = story.reason("TIMEOUT")
    assert reason.message == "new connections get no answer while the kept one does"
    assert "ulimit -n" in reason.advice


def test_questions_that_hang_beside_ping_are_no_frozen_server() -> None:
    story = _gone(Story().well(), "memory", SILENT)
    reason = story.reason("TIMEOUT")
    assert reason.message == "PING is answered, but what memory asks is not"
    assert "frozen" not in reason.message


def test_a_pause_that_info_tells_of_is_one_reason() -> None:
    story = Story(write=True).well()
    story.round("clients", findings=[PAUSED_WRITE.found("reads answer but writes hang")])
    _gone(story, "write", SILENT)
    assert story.told == {"PAUSED_WRITE": "down"}


def test_a_full_synchronisation_explains_silence_for_a_minute() -> None:
    story = (
        Story()
        .well("replication", role="slave")
        .round(
            "replication",
            findings=[SYNCING.found("full sync from primary p:6379 in progress")],
            facts={"role": "slave"},
        )
    )
    _gone(story, "ping", SILENT)
    assert story.told == {"SYNCING": "down"}
    assert "gave no reply" in story.reason("SYNCING").message
    assert story.verdict.redis_up is False
    while story.now < 1059.0:
        _gone(story.wait(1.0), "ping", SILENT).round("connect")
        assert story.told == {"SYNCING": "down"}
    _gone(story.wait(2.0), "ping", SILENT).round("connect")
    assert story.told == {"TIMEOUT": "down"}


def test_stopped_writes_absorb_the_failed_save() -> None:
    story = Story().well().wait(1.0)
    story.round(
        "persistence", findings=[BGSAVE_ERR.found("last RDB save failed; 1 change unsaved")]
    )
    begun = story.wall
    story.wait(1.0).round("ping", MISCONF)
    assert story.told == {"MISCONF_RDB": "down"}
    reason = story.reason("MISCONF_RDB")
    assert "1 change unsaved" in reason.message
    assert (reason.check, reason.since) == ("persistence", begun)
    assert "do NOT restart" in reason.advice


def test_a_server_that_is_gone_is_told_with_when_it_was_last_seen() -> None:
    story = Story().well().round("server", facts={"run_id": "a" * 40, "version": "7.0.15"})
    _gone(story, "ping", REFUSED)
    message = story.reason("CONN_REFUSED").message
    assert message.endswith("; run_id aaaaaaaa last seen at 22:30:00 UTC")
    story = _gone(Story().well(), "ping", REFUSED)
    assert story.reason("CONN_REFUSED").message.endswith("; the server last seen at 22:30:00 UTC")
    story = _gone(Story(), "ping", REFUSED)
    assert "last seen" not in story.reason("CONN_REFUSED").message


def test_with_the_way_lost_the_consequences_are_not_told() -> None:
    story = Story().well()
    story.round("memory", findings=[conditions.OOM.found("memory full")])
    for check in story.probes:
        _gone(story, check, REFUSED if check in {"ping", "connect"} else SILENT)
    assert story.told == {"CONN_REFUSED": "down"}
    assert not story.verdict.fresh


def test_what_an_unrequired_probe_meets_alone_only_degrades() -> None:
    assert _gone(Story().well(), "memory", SILENT).told == {"TIMEOUT": "degraded"}


def _mark(condition: object, message: str, since: float = 0.0) -> Mark:
    assert hasattr(condition, "lost")
    return Mark(condition, "x", message, "", condition.lost, since)  # type: ignore[arg-type]


def test_marks_of_one_code_become_the_one_that_says_more() -> None:
    first = _mark(conditions.MASTERDOWN, "short", since=5.0)
    second = _mark(LINK_DOWN_STALE, "unrelated")
    third = _mark(conditions.MASTERDOWN, "a longer message", since=9.0)
    (mark,) = merged([first, second, third])
    assert (mark.message, mark.since) == ("a longer message; unrelated", 0.0)
    assert mark.lost == conditions.MASTERDOWN.lost | LINK_DOWN_STALE.lost


def test_a_cause_does_not_repeat_what_it_explains() -> None:
    cause = _mark(conditions.MASTERDOWN, "link down; reads refused")
    (mark,) = merged([cause, _mark(LINK_DOWN_STALE, "link down")])
    assert mark.message == "link down; reads refused"


def test_the_same_is_told_whichever_mark_comes_first() -> None:
    marks = [_mark(conditions.MASTERDOWN, "a"), _mark(LINK_DOWN_STALE, "b"), _mark(SYNCING, "c")]
    assert [m.condition.code for m in merged(marks)] == ["SYNCING"]
    assert [m.condition.code for m in merged(marks[::-1])] == ["SYNCING"]

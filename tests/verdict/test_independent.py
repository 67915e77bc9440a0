"""A check that asks others than Redis: what it finds stands while Redis cannot be reached."""

from __future__ import annotations

from redis_health.model import Severity
from redis_health.probes._sentinel_conditions import NOQUORUM, SDOWN
from redis_health.probes._sentinels_declared import (
    NOT_THE_PRIMARY,
    SENTINELS_LOST,
)
from redis_health.probes.replication import ROLE_MISMATCH
from tests.verdict.story import EPOCH, REFUSED, SILENT, Story, policy


def _refused(story: Story) -> Story:
    for _ in range(2):
        story.round("ping", REFUSED).round("connect", REFUSED)
    return story


def test_it_stands_while_the_way_is_lost() -> None:
    story = Story(sentinels=True).well().wait(1.0)
    _refused(story).round("sentinels", findings=[SDOWN.found("no quorum")])
    assert story.told == {"CONN_REFUSED": "down", "SDOWN": "down"}
    assert "sentinels" in story.verdict.fresh
    assert "memory" not in story.verdict.fresh
    assert story.verdict.redis_up is False


def test_what_the_target_said_before_does_not() -> None:
    story = Story(sentinels=True).well("replication").wait(1.0)
    story.round("replication", facts={"role": "master"}, findings=[ROLE_MISMATCH.found("x")])
    assert story.told == {"ROLE_MISMATCH": "degraded"}
    assert _refused(story).told == {"CONN_REFUSED": "down"}


def test_its_own_failure_stands_too() -> None:
    story = _refused(Story(sentinels=True).well().wait(1.0))
    for _ in range(3):
        story.round("sentinels", SILENT)
    assert story.told == {"CONN_REFUSED": "down", "TIMEOUT": "degraded"}


def test_it_is_no_sign_of_redis() -> None:
    story = Story(sentinels=True).well().wait(1.0)
    seen = story.wall
    assert story.verdict.observed_at == seen - 1.0
    story.round("sentinels")
    assert story.verdict.observed_at == seen - 1.0
    assert seen > EPOCH


def test_a_failover_that_is_due_only_degrades() -> None:
    story = Story(sentinels=True).well().wait(1.0)
    story.round("sentinels", findings=[SDOWN.found("due", lost=frozenset())])
    assert story.told == {"SDOWN": "degraded"}


def test_a_primary_that_is_none_explains_the_role() -> None:
    story = Story(policy(expect_role="master"), sentinels=True).well("replication").wait(1.0)
    story.round("replication", facts={"role": "slave"}, findings=[ROLE_MISMATCH.found("a replica")])
    story.round("sentinels", findings=[NOT_THE_PRIMARY.found("it is h:1")])
    (reason,) = story.verdict.reasons
    assert (reason.code, reason.severity) == ("NOT_THE_PRIMARY", Severity.DOWN)
    assert reason.message == "it is h:1; a replica"


def test_no_quorum_explains_the_lost() -> None:
    story = Story(sentinels=True).well("sentinels").wait(1.0)
    story.round("sentinels", findings=[SENTINELS_LOST.found("two"), NOQUORUM.found("one left")])
    assert story.told == {"NOQUORUM": "degraded"}

"""The same arguments give the same verdict, and any course of events gives a sound one."""

from __future__ import annotations

import time
from copy import deepcopy

from hypothesis import given, settings
from hypothesis import strategies as st

from redis_health.model import Failure, Severity, State
from redis_health.probes.memory import OOM
from redis_health.verdict import judge
from tests.verdict.story import MISCONF, PROBES, REFUSED, RESET, SILENT, WRONGPASS, Story

failures = st.sampled_from([None, None, None, SILENT, REFUSED, RESET, WRONGPASS, MISCONF])
steps = st.lists(
    st.tuples(
        st.sampled_from(sorted(PROBES)),
        failures,
        st.sampled_from([None, None, None, "no descriptors"]),
        st.booleans(),
        st.floats(0.0, 4.0),
    ),
    max_size=40,
)


@settings(max_examples=200, deadline=None)
@given(steps=steps, started=st.booleans())
def test_any_course_of_events_gives_a_sound_verdict(
    steps: list[tuple[str, Failure | None, str | None, bool, float]], started: bool
) -> None:
    story = Story(write=True, sentinels=True)
    if started:
        story.well()
    for check, failure, own_fault, full, seconds in steps:
        story.wait(seconds)
        findings = [OOM.found("memory full")] if full and not (failure or own_fault) else []
        story.round(check, failure, own_fault=own_fault, findings=findings)
        snapshot = deepcopy(story.snapshot)
        before = story.last_verdict
        verdict = story.verdict
        again = judge(
            story.snapshot,
            story.policy,
            story.probes,
            now=story.now,
            wall=story.wall,
            detect_within=verdict.detect_within,
            before=before,
        )
        assert verdict == again
        assert story.snapshot == snapshot

        severities = {reason.severity for reason in verdict.reasons}
        worst = State.UP
        if severities:
            worst = State.DOWN if Severity.DOWN in severities else State.DEGRADED
        assert verdict.state is worst
        assert Severity.NOTE not in severities
        assert len(verdict.codes) == len(verdict.reasons)
        assert verdict.valid_until >= story.now
        assert all(reason.message for reason in verdict.reasons)
        for name in verdict.fresh:
            success = story.snapshot.checks[name].success
            assert success is not None
            assert success.expires >= story.now
        if verdict.redis_up is None:
            assert verdict.state is State.DOWN
        # Up is said of a server only by all that is required of it.
        if verdict.state is State.UP:
            assert {"ping", "connect", "write"} <= {
                name for name, check in story.snapshot.checks.items() if check.success
            }


def test_between_two_changes_nothing_changes() -> None:
    story = Story().well()
    first = story.verdict
    story.now = first.valid_until
    second = story.verdict
    assert (first.state, first.reasons, first.fresh, first.redis_up) == (
        second.state,
        second.reasons,
        second.fresh,
        second.redis_up,
    )


def test_a_judgement_is_cheap() -> None:
    story = Story().well()
    rounds = 50

    def seconds() -> float:
        begun = time.process_time()
        for _ in range(rounds):
            _ = story.verdict
        return (time.process_time() - begun) / rounds

    # Measured: 80 µs. The best of a few, since machines are busy and coverage is slow.
    assert min(seconds() for _ in range(5)) < 0.002

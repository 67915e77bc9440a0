"""Whatever the rounds bring, and in whatever order: there is a verdict, and it is honest."""

from __future__ import annotations

import random
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from redis_health.model import (
    Capability,
    CheckStatus,
    Failure,
    Finding,
    Nature,
    Probe,
    Reading,
    Severity,
    Snapshot,
    State,
    Verdict,
)
from redis_health.model.line import LONGEST, one_line
from redis_health.replies import (
    NotResp,
    Phase,
    conditions,
    failure_of_exception,
    failure_of_nonsense,
)
from tests.fuzz.answers import leaf, word
from tests.fuzz.cases import examples, tried
from tests.verdict.story import (
    MISCONF,
    REFUSED,
    RESET,
    SILENT,
    UNEXPECTED,
    WRONGPASS,
    Story,
    policy,
)

_FAILURES = (
    *(SILENT, REFUSED, RESET, MISCONF, WRONGPASS, UNEXPECTED),
    failure_of_nonsense([], command="PING", where="x"),
    failure_of_exception(NotResp(b"HTTP/1.1"), where="x", phase=Phase.REPLY),
    *(Failure(condition, Nature.REPLY, condition.summary) for condition in conditions.ALL),
)
_WAITS = (0.0, 0.0, 0.01, 0.3, 1.0, 5.0, 12.0, 61.0, 4000.0)
_WEIGHT = {State.DOWN: Severity.DOWN, State.DEGRADED: Severity.DEGRADED}


def _round(r: random.Random, story: Story, probe: Probe) -> None:
    """One round of a check that ends as any may."""
    kind = r.random()
    if kind < 0.3:
        story.round(probe.name, r.choice(_FAILURES))
    elif kind < 0.36:
        story.round(probe.name, own_fault=one_line(word(r)) or "no memory")
    else:
        found = [_finding(r, probe) for _ in range(r.randrange(2)) if probe.conditions]
        read = [_reading(r, probe) for _ in range(r.randrange(3)) if probe.thresholds]
        names = ("role", "run_id", "version", "latency", "uptime", "link", "sync", "maxclients")
        facts = {name: r.choice(("master", "slave", leaf(r), word(r))) for name in names}
        unavailable = one_line(word(r)) if r.random() < 0.1 else None
        story.round(probe.name, findings=found, readings=read, facts=facts, unavailable=unavailable)


def _finding(r: random.Random, probe: Probe) -> Finding:
    lost = frozenset(r.sample(list(Capability), r.randrange(2))) if r.random() < 0.3 else None
    return r.choice(probe.conditions).found(word(r), lost=lost)


def _reading(r: random.Random, probe: Probe) -> Reading:
    value = r.choice((0.0, -1.0, 0.5, 0.9, 1.0, 1e18, float("inf"), float("nan")))
    return r.choice(probe.thresholds).read(value, word(r))


def _policy(r: random.Random) -> dict[str, object]:
    requires = frozenset(r.sample(list(Capability), r.randrange(1, 5)))
    accepted = frozenset(c.code for c in r.sample(conditions.ALL, 2))
    return {
        "requires": r.choice((None, None, requires)),
        "accepted": r.choice((frozenset(), accepted)),
        "login_grace": r.choice((0.0, 60.0)),
    }


@examples(80)
@given(r=st.randoms(use_true_random=True))
def test_any_rounds(r: random.Random) -> None:
    story = Story(policy(**_policy(r)), write=r.random() < 0.3)
    for _ in range(40):
        tried("verdicts")
        _round(r, story, r.choice(list(story.probes.values())))
        if r.random() < 0.1:
            story.snapshot = story.snapshot.with_stall(story.now, r.choice((0.1, 3.0, 100.0)))
        if r.random() < 0.1:
            story.snapshot = story.snapshot.with_reconnect(story.now)
        story.wait(r.choice(_WAITS))
        _is_honest(story, story.verdict)


def _is_honest(story: Story, verdict: Verdict) -> None:
    told = {reason.severity for reason in verdict.reasons}
    assert Severity.NOTE not in told
    worst = Severity.DOWN if Severity.DOWN in told else Severity.DEGRADED if told else None
    assert _WEIGHT.get(verdict.state) is worst
    assert verdict.valid_until >= story.now
    for said in (*verdict.reasons, *verdict.notes):
        assert said.message.isprintable()
        assert len(said.message) <= 3 * LONGEST
    assert verdict.fresh <= {
        name for name, view in verdict.checks.items() if view.status is not CheckStatus.STARTING
    }
    for name in _stale(story):
        assert verdict.checks[name].status is not CheckStatus.OK
        assert name not in verdict.fresh
        required = story.policy.required(None) & story.probes[name].observes
        if story.policy.requires is not None and required and not story.policy.accepted:
            assert verdict.state is State.DOWN
        assert verdict.state is not State.UP or story.policy.accepted
    # The same again: nothing but what is handed in decides. NaN is not equal to itself.
    assert repr(replace(story.verdict, since=verdict.since)) == repr(verdict)


def _stale(story: Story) -> set[str]:
    """The checks that have been observed, and not lately."""
    snapshot: Snapshot = story.snapshot
    return {
        name
        for name, standing in snapshot.checks.items()
        if standing.last is not None and standing.last.expires < story.now
    }

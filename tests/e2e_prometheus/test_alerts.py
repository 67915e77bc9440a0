"""Redis is killed, frozen, filled and unlinked, and the right person is told, and told the end.

Real servers, redis-health, Prometheus and Alertmanager with the configuration that is shipped; its
clocks are faster, which ``shipped`` explains. The faults run side by side, one to a server.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import pytest

from tests.e2e_prometheus.faults import FAULTS, Fault
from tests.e2e_prometheus.receiver import Notice
from tests.e2e_prometheus.stack import Stack, instance
from tests.ports import poll

#: Seconds in which each alert must come, and must end after the repair: many times what it takes.
_PATIENCE = 60.0
#: The alerts of which somebody is told.
_TOLD = 'severity!="info"'
#: What follows from a Redis that is full of clients.
_FOLLOWS = "RedisRejectedConnections"


@dataclass(slots=True)
class Told:
    """What the receiver got of one fault, and the seconds until it came."""

    fired: Notice | None = None
    ended: Notice | None = None
    seconds: float = float("nan")
    seconds_to_end: float = float("nan")


@dataclass(slots=True)
class Story:
    """What came of the faults.

    ``early`` is what fired before any of them, ``inhibited`` what was silenced about the server
    that was full of clients, ``repaired`` the moment at which the repairs began.
    """

    early: list[Mapping[str, str]]
    told: dict[str, Told] = field(default_factory=dict)
    inhibited: set[str] = field(default_factory=set)
    repaired: float = float("nan")


@pytest.fixture(scope="module")
def story(stack: Stack) -> Story:
    """Every fault at once: injected, told, repaired, told."""
    told = {fault.name: Told() for fault in FAULTS}
    # Alerts have to say that all is well, too: some of them take a moment after a start.
    _await(lambda: not stack.prometheus.firing(_TOLD))
    story = Story(early=stack.prometheus.firing(_TOLD), told=told)
    crowded = instance(stack.field.crowded)
    since: dict[str, float] = {}
    with contextlib.ExitStack() as damage:
        for fault in FAULTS:
            since[fault.name] = time.monotonic()
            damage.enter_context(fault.inject(stack))
        _await(lambda: all(_fired(stack, fault, told[fault.name]) for fault in FAULTS))
        _await(lambda: _FOLLOWS in stack.alertmanager.inhibited(crowded))
        story.inhibited = stack.alertmanager.inhibited(crowded)
        story.repaired = time.monotonic()
    _await(lambda: all(_ended(stack, fault, told[fault.name]) for fault in FAULTS))
    for name, one in told.items():
        if one.fired:
            one.seconds = one.fired.at - since[name]
        if one.ended:
            one.seconds_to_end = one.ended.at - story.repaired
    return story


def _await(condition: Callable[[], bool]) -> None:
    # What did not come is for the tests to say, each of its own fault.
    poll(condition, within=_PATIENCE, every=0.05)


def _fired(stack: Stack, fault: Fault, told: Told) -> bool:
    victim = instance(fault.victim(stack))
    told.fired = stack.receiver.first(fault.alert, victim, firing=True)
    return told.fired is not None


def _ended(stack: Stack, fault: Fault, told: Told) -> bool:
    victim = instance(fault.victim(stack))
    told.ended = stack.receiver.first(fault.alert, victim, firing=False)
    return told.ended is not None


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_the_alert_arrives_and_ends(
    stack: Stack, story: Story, fault: Fault, record_property: Callable[[str, object], None]
) -> None:
    told = story.told[fault.name]
    assert told.fired is not None, (fault.alert, stack.receiver.notices())
    assert told.fired.receiver == fault.receiver
    assert instance(fault.victim(stack)) in told.fired.summary
    assert fault.told in told.fired.description
    assert told.fired.runbook.endswith(f"/docs/runbooks/{fault.alert}.md")
    assert told.ended is not None, (fault.alert, stack.receiver.notices())
    assert told.ended.at > told.fired.at
    record_property(
        "measured",
        f"{fault.name}: {fault.alert} at the receiver after {told.seconds:.1f} s,"
        f" its end {told.seconds_to_end:.1f} s after the repair",
    )


def test_no_alert_fires_while_all_is_well(story: Story) -> None:
    assert story.early == []


def test_nobody_is_told_what_is_good_to_know_at_most(stack: Stack, story: Story) -> None:
    killed = instance(stack.field.killed)
    _await(lambda: bool(stack.prometheus.firing(f'severity="info",instance="{killed}"')))
    fired = stack.prometheus.firing(f'severity="info",instance="{killed}"')
    assert [labels["alertname"] for labels in fired] == ["RedisRestarted"]
    assert not [notice for notice in stack.receiver.notices() if notice.severity == "info"]


def test_nobody_is_told_of_what_follows(stack: Stack, story: Story) -> None:
    assert _FOLLOWS in story.inhibited
    crowded = stack.receiver.notices(instance=instance(stack.field.crowded))
    assert {notice.alert for notice in crowded if notice.at < story.repaired} == {"RedisDown"}


def test_nothing_is_told_twice(stack: Stack, story: Story) -> None:
    killed = stack.receiver.notices("RedisDown", instance(stack.field.killed))
    assert [notice.firing for notice in killed].count(False) == 1
    assert killed[0].firing

"""A fault that grows worse does not look better for a moment."""

from __future__ import annotations

from redis_health.replies import conditions
from tests.verdict.story import SILENT, Story

DOWN = conditions.CLUSTERDOWN.found("no slots")


def test_a_check_that_falls_silent_keeps_what_it_found_lost_until_ping_tells() -> None:
    story = Story().well("cluster").wait(1.0).round("ping")
    story.round("cluster", findings=[DOWN])
    assert story.told == {"CLUSTERDOWN": "down"}
    for _ in range(3):
        story.wait(0.5).round("cluster", SILENT)
    assert story.told == {"CLUSTERDOWN": "down", "TIMEOUT": "degraded"}
    for _ in range(3):
        story.round("ping", SILENT)
    assert story.told == {"TIMEOUT": "down"}


def test_it_keeps_it_only_as_long_as_that_is_evidence() -> None:
    story = Story().well("cluster").round("cluster", findings=[DOWN])
    for _ in range(10):
        story.wait(1.0).round("ping").round("cluster", SILENT)
    assert "CLUSTERDOWN" not in story.told


def test_a_round_that_was_under_way_as_the_way_was_opened_is_asked_again() -> None:
    story = Story().well("cluster").round("cluster", findings=[DOWN])
    for _ in range(3):
        story.wait(1.0).round("ping", SILENT).round("cluster", SILENT)
    assert story.told == {"TIMEOUT": "down"}
    story.wait(1.0).round("ping").round("ping")
    story.wait(0.1).round("cluster", SILENT, took=1.0)
    assert story.told == {"STARTING": "down"}
    story.wait(0.5).round("cluster", findings=[DOWN])
    story.round("cluster", findings=[DOWN])
    assert story.told == {"CLUSTERDOWN": "down"}

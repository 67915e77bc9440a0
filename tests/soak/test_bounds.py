"""A soak must be able to fail: for what grew, what was not done, and what was logged."""

from __future__ import annotations

import re
from dataclasses import asdict, replace
from typing import Any

import pytest

from tests.soak import log
from tests.soak.figures import AtRest, Use
from tests.soak.plan import Counts
from tests.soak.report import Outcome

_USE = Use(at=0.0, resident=50.0, descriptors=8, threads=1, cpu=1.0)
_REST = AtRest(
    use=_USE,
    anonymous=40.0,
    series={"redis_up": 1000},
    tasks={"rounds": 18},
    objects={"dict": 2000},
)
_PLAN = Counts.within(2)
_GOOD = Outcome(
    planned=_PLAN,
    done=asdict(_PLAN),
    minutes=2.0,
    start=_REST,
    warm=_REST,
    end=_REST,
    samples=[_USE],
    healthz=[0.001],
    log={"verdict": 10},
    last_lines=[],
    wrong=[],
)


def test_nothing_grew() -> None:
    assert _GOOD.violations == []


@pytest.mark.parametrize(
    ("grown", "named"),
    [
        (replace(_REST, use=replace(_USE, resident=57.0)), "resident memory"),
        (replace(_REST, use=replace(_USE, descriptors=20)), "open descriptors"),
        (replace(_REST, use=replace(_USE, threads=2)), "threads"),
        (replace(_REST, anonymous=47.0), "anonymous memory"),
        (replace(_REST, series={"redis_up": 1, "leak": 2000}), "series .*; leak \\+2000"),
        (replace(_REST, tasks={"rounds": 18, "handler": 1}), "tasks .*; handler \\+1"),
        (replace(_REST, objects={"dict": 2000, "Failure": 1500}), "objects .*; Failure \\+1500"),
    ],
)
def test_what_grew_is_named(grown: AtRest, named: str) -> None:
    (violation,) = replace(_GOOD, end=grown).violations
    assert re.match(named, violation), violation


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"done": {**asdict(_PLAN), "restarts": 3}}, "restarts: 3 of 25 done"),
        ({"log": {"verdict": 10_000}}, "log: 10000 lines, at most"),
        ({"log": {"verdict of another": 10_000}}, "log: 10000 lines of another, at most"),
        ({"wrong": ["/livez: 503"]}, "/livez: 503"),
    ],
)
def test_what_else_fails_it(change: dict[str, Any], named: str) -> None:
    (violation,) = replace(_GOOD, **change).violations
    assert violation.startswith(named)


@pytest.mark.parametrize(
    "line",
    [
        "Traceback (most recent call last):",
        '{"event": "request failed", "path": "/"}',
        '{"event": "Task exception was never retrieved", "level": "error"}',
        '{"event": "odd", "exception": "RuntimeError: no running event loop"}',
    ],
)
def test_unwanted_lines(line: str) -> None:
    assert log.unwanted([line]) == [line]


def test_lines_that_may_be_there() -> None:
    lines = [
        '{"event": "verdict", "target": "127.0.0.1:1", "state": "down"}',
        '{"event": "event loop stalled", "target": "127.0.0.9:2", "seconds": 2.5}',
        '{"event": "serving", "target": "redis://127.0.0.1:1"}',
    ]
    assert log.unwanted(lines) == []
    assert log.events(lines, about="127.0.0.1:1") == {
        "verdict": 1,
        "event loop stalled of another": 1,
        "serving": 1,
    }


def test_the_parts_make_the_whole() -> None:
    warm_up = _PLAN.scaled(0.1)
    rest = _PLAN.less(warm_up)
    for kind, count in asdict(_PLAN).items():
        assert getattr(warm_up, kind) + getattr(rest, kind) >= count
    assert Counts.within(40) == Counts() == Counts.within(500)

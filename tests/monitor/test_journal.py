"""The log tells of changes, and of nothing else."""

from __future__ import annotations

from dataclasses import replace

from structlog.testing import capture_logs

from redis_health.model import CheckStatus, CheckView, Reason, Severity, State, Verdict
from redis_health.monitor.journal import Journal, news

UP = Verdict(
    state=State.UP,
    reasons=(),
    notes=(),
    checks={"ping": CheckView("ping", CheckStatus.OK, 1.0, 0.001)},
    since=0.0,
    observed_at=0.0,
    valid_until=10.0,
    redis_up=True,
    fresh=frozenset({"ping"}),
    identity=None,
    detect_within=4.0,
)


def down(message: str, severity: Severity = Severity.DOWN) -> Verdict:
    reason = Reason("OOM", "memory", severity, message, "", 0.0)
    return replace(UP, state=State.DOWN, reasons=(reason,))


def refused(message: str = "not allowed") -> Verdict:
    view = CheckView("ping", CheckStatus.UNAVAILABLE, 1.0, None, None, message)
    return replace(UP, checks={"ping": view})


def test_a_message_is_no_news() -> None:
    note = Reason("RECONNECTED", "ping", Severity.NOTE, "", "", 0.0)
    assert news(down("memory 99%")) == news(down("memory 98%"))
    assert news(UP) == news(replace(UP, notes=(note,), valid_until=99.0, observed_at=7.0))


def test_a_state_a_code_a_severity_and_a_refusal_are_news() -> None:
    told = [UP, down("x"), down("x", Severity.DEGRADED), replace(UP, state=State.DOWN), refused()]
    assert len({news(verdict) for verdict in told}) == len(told)


def test_one_line_tells_of_a_change() -> None:
    journal = Journal("redis:6379")
    with capture_logs() as lines:
        journal.changed(UP, UP)
        journal.failed_round()
        journal.failed_round()
        journal.changed(UP, down("memory 99%"))
        journal.changed(down("memory 99%"), down("memory 98%"))
        journal.changed(down("memory 98%"), UP)
    assert lines == [
        {
            "event": "verdict",
            "log_level": "error",
            "target": "redis:6379",
            "state": "down",
            "was": "up",
            "reasons": ["OOM: memory 99%"],
            "failed_rounds": 2,
        },
        {
            "event": "verdict",
            "log_level": "info",
            "target": "redis:6379",
            "state": "up",
            "was": "down",
            "reasons": [],
        },
    ]


def test_a_refusal_is_told_when_it_begins() -> None:
    journal = Journal("redis:6379")
    with capture_logs() as lines:
        for before, after in ((UP, refused()), (refused(), refused()), (refused(), UP)):
            journal.changed(before, after)
    assert [(line["event"], line["check"], line["why"]) for line in lines] == [
        ("not available", "ping", "not allowed")
    ]


def test_deaths_are_told() -> None:
    journal = Journal("redis:6379")
    with capture_logs() as lines:
        journal.died("ping", None, 0.5)
        journal.died("ping", ValueError("bug"), 1.0)
    assert [line.get("error") for line in lines] == ["cancelled", "ValueError('bug')"]

"""The plain text of the Kubernetes endpoints: ``ok``, the reasons, or every check in a list."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from aiohttp import web

from redis_health.model import CheckStatus, Reason, Severity, State, Verdict
from redis_health.web.responses import plain
from redis_health.web.wording import one_line

#: How a check stands that would not let a server be called ready on its own.
_NOT_READY = frozenset({CheckStatus.ERROR, CheckStatus.UNOBSERVED, CheckStatus.STARTING})
#: What to say of a check that does not bring the verdict down.
_WORDS = {
    CheckStatus.OK: "degraded",
    CheckStatus.DEGRADED: "degraded",
    CheckStatus.ERROR: "failed",
    CheckStatus.UNOBSERVED: "unobserved",
    CheckStatus.STARTING: "starting",
    CheckStatus.UNAVAILABLE: "unavailable",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One check in the verbose list."""

    name: str
    passed: bool
    text: str = "ok"

    def __str__(self) -> str:
        return f"[{'+' if self.passed else '-'}]{self.name} {self.text}"


def verbose(endpoint: str, lines: Iterable[Line], *, passed: bool) -> web.Response:
    """Every check with its mark, and the outcome in the last line, as the API server has it."""
    outcome = f"{endpoint} check {'passed' if passed else 'failed'}"
    return plain([*map(str, lines), outcome], status=200 if passed else 503)


def is_verbose(request: web.Request) -> bool:
    """Whether the list was asked for: ``?verbose``, with or without a value."""
    return "verbose" in request.query


def excluded(request: web.Request, known: Collection[str]) -> frozenset[str]:
    """The checks that ``?exclude=NAME`` leaves out.

    Raises:
        HTTPBadRequest: a name is none of ``known``.
    """
    names = frozenset(request.query.getall("exclude", ()))
    for name in sorted(names):
        if name not in known:
            raise web.HTTPBadRequest(text=_unknown(known))
    return names


def named(request: web.Request, known: Collection[str]) -> str:
    """The check that the path names.

    Raises:
        HTTPNotFound: it is none of ``known``.
    """
    name = request.match_info["name"]
    if name not in known:
        raise web.HTTPNotFound(text=_unknown(known))
    return name


def _unknown(known: Collection[str]) -> str:
    # What was asked for is not repeated: no answer holds what a stranger has written.
    return f"no check has this name; the checks are {', '.join(known)}"


def told(reasons: Iterable[Reason]) -> Iterator[str]:
    """Reasons, and under each of them its advice."""
    for reason in reasons:
        yield f"{reason.code}: {one_line(reason.message)}"
        if reason.advice:
            yield f"  advice: {one_line(reason.advice)}"


def of_check(name: str, verdict: Verdict) -> Line:
    """How one check stands in a verdict; a reason may name one that is no probe's."""
    view = verdict.checks.get(name)
    status = CheckStatus.ERROR if view is None else view.status
    reasons = [reason for reason in verdict.reasons if reason.check == name]
    if status is CheckStatus.OK and not reasons:
        return Line(name, passed=True)
    down = any(reason.severity is Severity.DOWN for reason in reasons)
    passed = not down and status not in _NOT_READY
    word = "failed" if down else _WORDS[status]
    if not passed and verdict.state is not State.DOWN:
        word += ", not required"
    causes = [f"{reason.code} {reason.message}" for reason in reasons]
    if view is not None and not causes:
        causes = [" ".join(part for part in (view.code, view.message) if part)]
    text = ": ".join(part for part in (word, one_line("; ".join(causes))) if part)
    return Line(name, passed, text)


def of_verdict(verdict: Verdict) -> list[Line]:
    """Every check of a verdict, and what else brings it down or degrades it."""
    names = dict.fromkeys([*verdict.checks, *(reason.check for reason in verdict.reasons)])
    return [of_check(name, verdict) for name in names]


def left_out(excluded: Iterable[str]) -> Iterator[Line]:
    """The checks that the client did not want to hear of."""
    return (Line(name, passed=True, text="excluded: ok") for name in sorted(excluded))

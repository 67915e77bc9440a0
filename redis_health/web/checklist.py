"""The plain text of the Kubernetes endpoints: ``ok``, the reasons, or every check in a list."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from aiohttp import web

from redis_health.model import CheckStatus, CheckView, Reason, Severity, Verdict
from redis_health.web.responses import plain
from redis_health.web.wording import one_line

#: How a check stands that would not let a server be called ready on its own.
_NOT_READY = frozenset({CheckStatus.ERROR, CheckStatus.UNOBSERVED, CheckStatus.STARTING})
#: What to say of a check that does not bring the verdict down.
_WORDS = {
    CheckStatus.OK: "degraded",
    CheckStatus.DEGRADED: "degraded",
    CheckStatus.ERROR: "failed, not required",
    CheckStatus.UNOBSERVED: "unobserved, not required",
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
            raise web.HTTPBadRequest(text=_unknown(name, known))
    return names


def named(request: web.Request, known: Collection[str]) -> str:
    """The check that the path names.

    Raises:
        HTTPNotFound: it is none of ``known``.
    """
    name = request.match_info["name"]
    if name not in known:
        raise web.HTTPNotFound(text=_unknown(name, known))
    return name


def _unknown(name: str, known: Collection[str]) -> str:
    shown = one_line(name[:100])
    return f'no check is named "{shown}"; the checks are {", ".join(known)}'


def told(reasons: Iterable[Reason]) -> Iterator[str]:
    """Reasons with their advice, two lines each."""
    for reason in reasons:
        yield f"{reason.code}: {one_line(reason.message)}"
        yield f"  advice: {one_line(reason.advice)}"


def of_check(name: str, view: CheckView | None, reasons: Collection[Reason]) -> Line:
    """How one check stands; ``reasons`` are those of this check."""
    down = any(reason.severity is Severity.DOWN for reason in reasons)
    status = CheckStatus.ERROR if view is None else view.status
    if status is CheckStatus.OK and not reasons:
        return Line(name, passed=True)
    causes = [f"{reason.code} {reason.message}" for reason in reasons]
    if view is not None and not causes:
        causes = [" ".join(part for part in (view.code, view.message) if part)]
    word = "failed" if down else _WORDS[status]
    text = ": ".join(part for part in (word, one_line("; ".join(causes))) if part)
    return Line(name, passed=not down and status not in _NOT_READY, text=text)


def left_out(excluded: Iterable[str]) -> Iterator[Line]:
    """The checks that the client did not want to hear of."""
    return (Line(name, passed=True, text="excluded: ok") for name in sorted(excluded))


def of_verdict(verdict: Verdict) -> list[Line]:
    """Every check of a verdict, and what it says of none of them in particular."""
    by_check: defaultdict[str, list[Reason]] = defaultdict(list)
    for reason in verdict.reasons:
        by_check[reason.check].append(reason)
    lines = [of_check(name, view, by_check.pop(name, [])) for name, view in verdict.checks.items()]
    lines += [of_check(name, None, reasons) for name, reasons in by_check.items()]
    return lines

"""``/readyz``, ``/startupz`` and ``/livez``, in the manner of the Kubernetes API server."""

from __future__ import annotations

from collections.abc import Iterator

from aiohttp import web

from redis_health.model import State, Verdict
from redis_health.web import checklist
from redis_health.web.checklist import Line
from redis_health.web.responses import plain
from redis_health.web.service import SERVICE, Service


async def readyz(request: web.Request) -> web.Response:
    """Whether this Redis may get traffic: not while it is down, nor while we shut down."""
    service = request.app[SERVICE]
    whole = service.monitor.verdict
    excluded = checklist.excluded(request, whole.checks)
    verdict = service.monitor.judged_without(excluded) if excluded else whole
    ready = verdict.state is not State.DOWN and not service.draining
    if checklist.is_verbose(request):
        return checklist.verbose("readyz", _ready_lines(service, verdict, excluded), passed=ready)
    lines = ["ok"] if ready else []
    if service.draining:
        lines.append(f"draining: {_shutdown(service)}")
    return plain([*lines, *checklist.told(verdict.reasons)], status=200 if ready else 503)


def _shutdown(service: Service) -> str:
    return f"shutting down within {service.drain_delay:g} s"


def _ready_lines(service: Service, verdict: Verdict, excluded: frozenset[str]) -> Iterator[Line]:
    if service.draining:
        yield Line("draining", passed=False, text=f"failed: {_shutdown(service)}")
    yield from checklist.of_verdict(verdict)
    yield from checklist.left_out(excluded)


async def readyz_check(request: web.Request) -> web.Response:
    """One check alone; it has failed, too, while nothing is known of it."""
    verdict = request.app[SERVICE].monitor.verdict
    name = checklist.named(request, verdict.checks)
    line = checklist.of_check(name, verdict)
    if checklist.is_verbose(request):
        return checklist.verbose("readyz", [line], passed=line.passed)
    lines = ["ok"] if line.passed else []
    reasons = [reason for reason in verdict.reasons if reason.check == name]
    if reasons:
        lines += checklist.told(reasons)
    elif line.text != "ok":
        lines.append(line.text)
    return plain(lines, status=200 if line.passed else 503)


async def startupz(request: web.Request) -> web.Response:
    """Whether every check has finished a round once, whatever came of it."""
    checks = request.app[SERVICE].monitor.snapshot.checks
    excluded = checklist.excluded(request, checks)
    asked = [name for name in checks if name not in excluded]
    return _startup(request, asked=asked, excluded=excluded)


async def startupz_check(request: web.Request) -> web.Response:
    """Whether one check has finished a round."""
    name = checklist.named(request, request.app[SERVICE].monitor.snapshot.checks)
    return _startup(request, asked=[name], excluded=frozenset())


def _startup(request: web.Request, *, asked: list[str], excluded: frozenset[str]) -> web.Response:
    service = request.app[SERVICE]
    rounds = {name: check.rounds for name, check in service.monitor.snapshot.checks.items()}
    waiting = [] if service.started else [name for name in asked if not rounds[name]]
    if checklist.is_verbose(request):
        lines = [_startup_line(name, waiting=name in waiting) for name in asked]
        lines += checklist.left_out(excluded)
        return checklist.verbose("startupz", lines, passed=not waiting)
    if not waiting:
        return plain(["ok"])
    told = f"STARTING: {len(waiting)} of {len(asked)} checks have finished no round yet: "
    return plain([told + ", ".join(waiting)], status=503)


def _startup_line(name: str, *, waiting: bool) -> Line:
    text = "failed: STARTING no round has finished yet" if waiting else "ok"
    return Line(name, passed=not waiting, text=text)


async def livez(request: web.Request) -> web.Response:
    """Whether this service makes progress; what Redis does is no part of it.

    The answer itself proves that the event loop runs.
    """
    monitor = request.app[SERVICE].monitor
    stuck = monitor.stuck()
    if checklist.is_verbose(request):
        names = dict.fromkeys([*monitor.snapshot.checks, *stuck])
        lines = [Line("event-loop", passed=True)]
        lines += [_live_line(name, stuck=name in stuck) for name in names]
        return checklist.verbose("livez", lines, passed=not stuck)
    if not stuck:
        return plain(["ok"])
    return plain([f"STALE: {_STUCK}: {', '.join(stuck)}"], status=503)


_STUCK = "makes no progress, this service needs a restart"


def _live_line(name: str, *, stuck: bool) -> Line:
    return Line(name, passed=not stuck, text=f"failed: STALE {_STUCK}" if stuck else "ok")

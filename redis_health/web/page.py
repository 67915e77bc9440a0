"""``/``: the status page, for people; one file without scripts that reloads itself."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from aiohttp import hdrs, web

from redis_health.model import CheckStatus, CheckView, Reason, State, Verdict
from redis_health.web.responses import encoded
from redis_health.web.service import SERVICE, Service
from redis_health.web.style import CONTENT_SECURITY_POLICY, CSS
from redis_health.web.wording import age_seconds, duration, rfc3339

_REFRESH_SECONDS = 5
_HEADERS = {
    hdrs.CONTENT_TYPE: "text/html; charset=utf-8",
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
}
#: Without a leading slash, so that the page works under a path of a proxy.
_LINKS = (
    "health",
    "healthz",
    "readyz?verbose",
    "startupz?verbose",
    "livez?verbose",
    "metrics",
    "openapi.json",
)
_TONES = {
    CheckStatus.OK: "up",
    CheckStatus.DEGRADED: "degraded",
    CheckStatus.ERROR: "down",
    CheckStatus.UNOBSERVED: "down",
    CheckStatus.STARTING: "note",
    CheckStatus.UNAVAILABLE: "note",
}
#: The colours of the icon; it stands on the browser's own background, light or dark.
_ICON = {State.UP: "22a35a", State.DEGRADED: "e08600", State.DOWN: "dc3238"}
_HEADLINES = {
    State.UP: "All that is checked is well.",
    State.DEGRADED: "What is required works, something else is wrong.",
    State.DOWN: "Something that is required is lost, or is not observed.",
}


async def status_page(request: web.Request) -> web.Response:
    """The verdict, its reasons with advice, and how every check stands."""
    service = request.app[SERVICE]
    return web.Response(body=encoded(render(service, service.monitor.verdict)), headers=_HEADERS)


def render(service: Service, verdict: Verdict) -> str:
    """The page, with everything escaped that is not written here."""
    clock = service.monitor.clock
    state = verdict.state
    address = escape(service.monitor.target.address)
    answered = (
        "Redis has not answered yet."
        if verdict.observed_at is None
        else f"Redis last answered {_moment(verdict.observed_at)}."
    )
    icon = (
        "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 8 8'%3E"
        f"%3Ccircle cx='4' cy='4' r='4' fill='%23{_ICON[state]}'/%3E%3C/svg%3E"
    )
    links = " ".join(f'<a href="{link}">/{link}</a>' for link in _LINKS)
    lasting = duration(max(0.0, clock.wall() - verdict.since))
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="refresh" content="{_REFRESH_SECONDS}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{state} · {address}</title>
<link rel="icon" href="{icon}">
<style>{CSS}</style>
</head>
<body>
<header class="{state}">
<h1>{state}</h1>
<p>{_HEADLINES[state]}</p>
<p class="faint">{address}{_server(verdict)}</p>
<p class="faint">{state} since {_moment(verdict.since)}, for {lasting}</p>
</header>
{_reasons("Reasons", verdict.reasons)}{_reasons("Notes", verdict.notes)}\
{_checks(verdict.checks.values(), clock.now())}
<nav>{links}</nav>
<footer>{answered} A loss of what is required shows within \
{verdict.detect_within:g} s. redis-health {escape(service.version)} on \
{escape(service.hostname)}.</footer>
</body>
</html>
"""


def _moment(epoch: float) -> str:
    exact = rfc3339(epoch)
    return f'<time datetime="{exact}">{exact[:10]} {exact[11:19]} UTC</time>'


def _server(verdict: Verdict) -> str:
    identity = verdict.identity
    if identity is None:
        return ""
    known = (f"{identity.name} {identity.compatible_version}", identity.mode, identity.role)
    return "".join(f" · {escape(part)}" for part in known if part)


def _reasons(title: str, reasons: Iterable[Reason]) -> str:
    entries = "".join(
        f'<dt class="{reason.severity}"><code>{escape(reason.code)}</code>'
        f" {escape(reason.message)}</dt>\n"
        f"<dd>{escape(reason.advice)}"
        f'\n<p class="faint">{escape(reason.check)}, since {_moment(reason.since)}</p></dd>\n'
        for reason in reasons
    )
    return f"<section>\n<h2>{title}</h2>\n<dl>\n{entries}</dl>\n</section>\n" if entries else ""


def _checks(views: Iterable[CheckView], now: float) -> str:
    rows = "".join(_row(view, now) for view in views)
    return f"""<section>
<h2>Checks</h2>
<table>
<thead><tr><th scope="col">check</th><th scope="col">status</th>\
<th scope="col" class="number">age</th><th scope="col" class="number">latency</th>\
<th scope="col"></th></tr></thead>
<tbody>
{rows}</tbody>
</table>
</section>"""


def _row(view: CheckView, now: float) -> str:
    age = age_seconds(view, now)
    shown = "never" if age is None else duration(age) if age >= 1 else f"{age:.1f} s"
    latency = "" if view.latency is None else duration(view.latency)
    detail = " ".join(escape(part) for part in (view.code, view.message) if part)
    return (
        f'<tr class="{_TONES[view.status]}"><th scope="row">{escape(view.name)}</th>'
        f'<td class="status">{view.status}</td>'
        f'<td class="number age{" never" if age is None else ""}">{shown}</td>'
        f'<td class="number">{latency}</td><td class="detail">{detail}</td></tr>\n'
    )

"""``/scrape?target=…``: the metrics of a Redis that the request names, if the operator lists it."""

from __future__ import annotations

import math

from aiohttp import web

from redis_health.errors import BadTarget, ScrapeRefused, ScrapesExhausted, TargetNotAllowed
from redis_health.web.connection import Connection
from redis_health.web.metrics import exposed
from redis_health.web.responses import plain
from redis_health.web.service import SERVICE

_STATUS: dict[type[ScrapeRefused], int] = {
    BadTarget: 400,
    TargetNotAllowed: 403,
    ScrapesExhausted: 429,
}
#: What Prometheus says of its own patience, in seconds, and what is taken where nothing is said.
_TIMEOUT = "X-Prometheus-Scrape-Timeout-Seconds"
_PATIENCE = 10.0
_LONGEST = 30.0
#: The part that is left for the way back, and the most of it, in seconds.
_MARGIN = 0.1
_LONGEST_MARGIN = 0.5


async def scrape(request: web.Request) -> web.Response:
    """200 with the metrics, also of a Redis that is down; the only answer that waits for Redis."""
    if isinstance(request.protocol, Connection):
        # The deadline for the request must not end our answer.
        request.protocol.asked()
    scrapes = request.app[SERVICE].scrapes
    within = budget(request.headers.get(_TIMEOUT))
    try:
        exposition = await scrapes.scrape(request.query.getall("target", []), within=within)
    except ScrapeRefused as refusal:
        status = next(code for kind, code in _STATUS.items() if isinstance(refusal, kind))
        return plain([f"{status}: {refusal}"], status=status)
    return exposed(request, exposition)


def budget(header: str | None) -> float:
    """Seconds that an answer may take, by the client's header; less than the client's patience."""
    try:
        patience = float(header or _PATIENCE)
    except ValueError:
        patience = _PATIENCE
    if not math.isfinite(patience) or patience <= 0:
        patience = _PATIENCE
    return min(patience - min(_MARGIN * patience, _LONGEST_MARGIN), _LONGEST)

"""The application: its routes, and what holds for every response."""

from __future__ import annotations

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler

from redis_health.web import health, kubernetes, metrics, page, scrape
from redis_health.web.responses import COMMON_HEADERS, plain
from redis_health.web.service import SERVICE, Service

_log = structlog.get_logger(__name__)


def create_app(service: Service) -> web.Application:
    """The routes of the service. GET and HEAD alone; every path but these is a 404."""
    app = web.Application(middlewares=[_plain_errors])
    app[SERVICE] = service
    app.on_response_prepare.append(_common_headers)
    app.add_routes(
        [
            web.get("/", page.status_page),
            web.get("/health", health.health),
            web.get("/healthz", health.healthz),
            web.get("/readyz", kubernetes.readyz),
            web.get("/readyz/{name}", kubernetes.readyz_check),
            web.get("/startupz", kubernetes.startupz),
            web.get("/startupz/{name}", kubernetes.startupz_check),
            web.get("/livez", kubernetes.livez),
            web.get("/metrics", metrics.metrics),
            web.get("/scrape", scrape.scrape),
        ]
    )
    return app


async def _common_headers(_request: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(COMMON_HEADERS)


@web.middleware
async def _plain_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """One plain line for whatever is not answered; the stack goes to the log."""
    try:
        return await handler(request)
    except web.HTTPException as refusal:
        refusal.text = f"{refusal.text}\n"
        raise
    except Exception:
        _log.exception("request failed", method=request.method, path=request.path)
        return plain(["500: Internal Server Error"], status=500)

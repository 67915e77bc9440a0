"""The application: its routes, and what holds for every response."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

import structlog
from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

from redis_health.web import health, kubernetes, metrics, openapi, page, scrape
from redis_health.web.responses import plain, secured
from redis_health.web.service import SERVICE, Service

if TYPE_CHECKING:
    from redis_health.web.guard import Guard

_log = structlog.get_logger(__name__)


def create_app(service: Service, *, guard: Guard | None = None) -> web.Application:
    """The routes of the service. GET and HEAD alone; every path but these is a 404.

    Without a guard all of them are open to all.
    """

    async def common_headers(_request: web.Request, response: web.StreamResponse) -> None:
        secured(response, guard.headers if guard else {})
        if response.status == HTTPStatus.EXPECTATION_FAILED:
            _take_back_the_echo(response)

    middlewares = [_plain_errors] if guard is None else [_plain_errors, guard.middleware]
    app = web.Application(middlewares=middlewares)
    app[SERVICE] = service
    app.on_response_prepare.append(common_headers)
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
            web.get("/openapi.json", openapi.handler(guarded=guard is not None)),
        ]
    )
    return app


def _take_back_the_echo(response: web.StreamResponse) -> None:
    """Aiohttp repeats the header ``Expect`` in its answer, where no middleware comes along."""
    assert isinstance(response, web.Response)
    response.body = b"417: Expectation Failed\n"
    response.headers[hdrs.CONTENT_LENGTH] = str(len(response.body))


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

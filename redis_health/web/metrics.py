"""``/metrics``: the exposition of the moment, in the form that the client asks for."""

from __future__ import annotations

from aiohttp import hdrs, web

from redis_health.exposition import Exposition, accepts_gzip, negotiate
from redis_health.web.service import SERVICE

_VARY = f"{hdrs.ACCEPT}, {hdrs.ACCEPT_ENCODING}"


async def metrics(request: web.Request) -> web.Response:
    """200 while the process lives, also when Redis is down."""
    return exposed(request, request.app[SERVICE].monitor.exposition)


def exposed(request: web.Request, exposition: Exposition) -> web.Response:
    """The answer that shows an exposition, in the form that the request asks for."""
    form = negotiate(_header(request, hdrs.ACCEPT))
    gzipped = accepts_gzip(_header(request, hdrs.ACCEPT_ENCODING))
    headers = {hdrs.CONTENT_TYPE: form.content_type, hdrs.VARY: _VARY}
    if gzipped:
        headers[hdrs.CONTENT_ENCODING] = "gzip"
    body = exposition.body(form, gzipped=gzipped)
    return web.Response(body=body, headers=headers)


def _header(request: web.Request, name: str) -> str:
    return ",".join(request.headers.getall(name, ()))

"""``/openapi.json``: what this service answers, for programs."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable

from aiohttp import hdrs, web

from redis_health.web.service import SERVICE

_HEADERS = {hdrs.CONTENT_TYPE: "application/json"}


def handler(*, guarded: bool) -> Callable[[web.Request], Awaitable[web.Response]]:
    """What answers with the description, which is made when it is first asked for.

    ``guarded`` says whether some of the endpoints want a name and a password.
    """
    made: list[bytes] = []

    async def openapi(request: web.Request) -> web.Response:
        """The description of the service that runs."""
        if not made:
            # Most services are never asked, and need no memory for it.
            from redis_health.web.openapi_document import description  # noqa: PLC0415

            document = description(request.app[SERVICE], guarded=guarded)
            made.append(json.dumps(document, separators=(",", ":")).encode())
        return web.Response(body=made[0], headers=_HEADERS)

    return openapi

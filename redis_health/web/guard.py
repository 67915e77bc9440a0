"""Who may read what over HTTP, by the web configuration, which may change while it is in force."""

from __future__ import annotations

import asyncio
import base64
import binascii
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Self

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

from redis_health.config.web_config import WebConfig
from redis_health.config.web_tls import ServerTLS
from redis_health.web import health, kubernetes
from redis_health.web.connection import Connection
from redis_health.web.passwords import Passwords, TooManyLogins
from redis_health.web.reload import keep_current
from redis_health.web.responses import plain

_CHALLENGE = {hdrs.WWW_AUTHENTICATE: 'Basic realm="redis-health"'}
_LATER = {hdrs.RETRY_AFTER: "1"}
#: What orchestrators ask without a password, and all that a stranger reads there when it fails.
_OPEN: Mapping[Handler, str] = {
    kubernetes.readyz: "not ready",
    kubernetes.readyz_check: "not ready",
    kubernetes.startupz: "not started",
    kubernetes.startupz_check: "not started",
    kubernetes.livez: "not live",
}


class Guard:
    """What the web configuration asks of each connection, request and response.

    While the context lasts, changed files are read again: every few seconds, and at once when
    ``asked`` is set.
    """

    def __init__(self, config: WebConfig, *, asked: asyncio.Event) -> None:
        self._config = config
        self._asked = asked
        # One each, so that a flood of logins does not keep a revoked user in force.
        self._reader = ThreadPoolExecutor(max_workers=1, thread_name_prefix="web configuration")
        self._bcrypt = ThreadPoolExecutor(max_workers=1, thread_name_prefix="bcrypt")
        self._passwords = Passwords(config.users, self._bcrypt)

    async def __aenter__(self) -> Self:
        self._reloading = asyncio.create_task(
            keep_current(self, worker=self._reader, asked=self._asked),
            name="web configuration",
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        self._reloading.cancel()
        await asyncio.wait([self._reloading])
        for worker in (self._reader, self._bcrypt):
            worker.shutdown(wait=False, cancel_futures=True)

    @property
    def config(self) -> WebConfig:
        """The configuration in force."""
        return self._config

    def use(self, config: WebConfig) -> None:
        """From now on this one is in force. Connections that are open stay."""
        self._config = config
        self._passwords.replace(config.users)

    @property
    def headers(self) -> Mapping[str, str]:
        """What the operator wants on every response."""
        return self._config.headers

    @property
    def terms(self) -> Callable[[], ServerTLS] | None:
        """How TLS is spoken, for each connection anew; None for plain HTTP."""
        return None if self._config.tls is None else self._tls

    def _tls(self) -> ServerTLS:
        # A reload never takes TLS away.
        assert self._config.tls is not None
        return self._config.tls

    @web.middleware
    async def middleware(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """What stands before the handlers.

        Raises:
            HTTPUnauthorized: the request needs a password, and has no right one.
            HTTPTooManyRequests: whether it has cannot be told now.
        """
        if not self._passwords or request.match_info.http_exception is not None:
            return await handler(request)
        try:
            admitted = await self._admits(request)
        except TooManyLogins:
            if not _is_open(request):
                raise web.HTTPTooManyRequests(headers=_LATER) from None
            admitted = False
        if admitted:
            return await handler(request)
        if not _is_open(request):
            raise web.HTTPUnauthorized(headers=_CHALLENGE)
        return await _in_a_word(request, handler)

    async def _admits(self, request: web.Request) -> bool:
        login = _login(request)
        if login is None:
            return False
        if isinstance(request.protocol, Connection):
            # The deadline for the request must not end the computation.
            request.protocol.asked()
        user, password = login
        return await self._passwords.check(user, password, client=request.remote or "")


def _is_open(request: web.Request) -> bool:
    handler = request.match_info.handler
    return handler is health.healthz or handler in _OPEN


async def _in_a_word(request: web.Request, handler: Handler) -> web.StreamResponse:
    """The status of the answer with nothing told of the reasons or the names of checks."""
    try:
        response = await handler(request)
    except web.HTTPException as refusal:
        refusal.text = f"{refusal.status}: {refusal.reason}"
        raise
    word = _OPEN.get(request.match_info.handler)
    if word is None:
        return response
    return plain(["ok" if response.status < 400 else word], status=response.status)


def _login(request: web.Request) -> tuple[bytes, bytes] | None:
    """User and password of the request (RFC 7617), None when it has none that can be read."""
    given = request.headers.getall(hdrs.AUTHORIZATION, ())
    if len(given) != 1:
        return None
    scheme, _, encoded = given[0].strip().partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        user, colon, password = base64.b64decode(encoded.strip(), validate=True).partition(b":")
    except (binascii.Error, ValueError):
        return None
    return (user, password) if colon else None

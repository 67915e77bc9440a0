"""A client of the application, in the same event loop."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient
from pytest_aiohttp.plugin import AiohttpClient

from redis_health.web import Service, create_app

Client = TestClient[web.Request, web.Application]
Connect = Callable[[Service], Awaitable[Client]]


@pytest.fixture
def connect(aiohttp_client: AiohttpClient) -> Connect:
    async def start(service: Service) -> Client:
        return await aiohttp_client(create_app(service))

    return start

"""Sessions for tests, and what goes wrong in them."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from redis_health.client import Deadline, Session
from redis_health.errors import RedisFault
from redis_health.model import Failure, Target
from tests.servers import RedisServer


def target_of(server: RedisServer, **changes: Any) -> Target:
    """The target that a server is over TCP."""
    return Target(**{"host": "127.0.0.1", "port": server.port, **changes})


@contextlib.asynccontextmanager
async def session_of(
    target: Target,
    *,
    info_timeout: float = 5.0,
    lost: Callable[[], None] = lambda: None,
) -> AsyncIterator[Session]:
    """A session that is closed at the end."""
    session = Session(target, info_timeout=info_timeout, lost=lost)
    try:
        yield session
    finally:
        session.close()


def soon(seconds: float = 5.0) -> Deadline:
    """A deadline that a healthy exchange never meets."""
    return Deadline.within(seconds)


async def failure_of(attempt: Awaitable[object]) -> Failure:
    """The failure that the attempt must end in."""
    with pytest.raises(RedisFault) as caught:
        await attempt
    return caught.value.failure


async def dial_failure(target: Target, *, within: float = 5.0) -> Failure:
    """The failure of one dial."""
    async with session_of(target) as session:
        return await failure_of(session.dial(soon(within)))

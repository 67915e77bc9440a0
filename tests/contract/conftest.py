"""Every server of the matrix, each with a service of its own that has watched it for a while."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.kinds import MATRIX
from tests.ports import poll
from tests.servers import RedisServer
from tests.service import ServiceProcess


@dataclass(frozen=True, slots=True)
class Watched:
    """A server and the service beside it.

    ``settled`` is when every probe had had a round, monotonic, and ``info`` what INFO said then.
    """

    server: RedisServer
    service: ServiceProcess
    settled: float
    info: dict[str, str]


@pytest.fixture(scope="session")
def fleet() -> Iterator[dict[str, Watched]]:
    """All of them, started together."""
    with contextlib.ExitStack() as stack:
        started = {}
        for kind in MATRIX:
            server = RedisServer(kind, config={"save": "3600 1", "appendonly": "yes"})
            stack.enter_context(server)
            server.call("SET", "key", "value")
            # What the tests themselves have asked is not the service's.
            server.call("CONFIG", "RESETSTAT")
            environment = {"REDIS_URL": server.url, "REDIS_HEALTH_DRAIN_DELAY": "0"}
            service = ServiceProcess(environment=environment)
            stack.callback(service.close)
            started[kind] = server, service.start(live=False)
        yield {kind: _settled(server, service) for kind, (server, service) in started.items()}


def _settled(server: RedisServer, service: ServiceProcess) -> Watched:
    service.wait_live()
    assert poll(lambda: service.get("/startupz").status == 200, within=15.0)
    return Watched(server, service, time.monotonic(), server.info())


@pytest.fixture(params=MATRIX)
def watched(request: pytest.FixtureRequest, fleet: dict[str, Watched]) -> Watched:
    """Each of them in turn."""
    return fleet[request.param]

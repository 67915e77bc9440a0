"""Ten thousand clients, each with a name of its own, do not make ten thousand series."""

from __future__ import annotations

import contextlib
import resource
import socket
from collections.abc import Iterator

import pytest

from redis_health.probes.client_list import EACH_MOST, SERIES
from tests.conftest import Servers, Services
from tests.peer.pages import Page, read
from tests.ports import poll
from tests.resp import encode
from tests.servers import RedisServer
from tests.service import ServiceProcess

CLIENTS = 10_000
#: Families that have a series for each name, and that have one for each client.
BY_NAME, BY_CLIENT = 4, 13
#: For what all the other probes tell: it does not depend on the clients.
REST = 1_500


@pytest.fixture
def descriptors() -> Iterator[None]:
    """As many as the connections take, and some for the rest of the test."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = CLIENTS + 1000
    assert hard == resource.RLIM_INFINITY or hard >= wanted, f"raise the limit of files to {wanted}"
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.parametrize(
    ("flags", "bound"),
    [
        ((), REST),
        (("--export-client-list",), REST + BY_NAME * SERIES.default),
        (
            ("--export-client-list", "--export-client-list-each"),
            REST + BY_NAME * SERIES.default + BY_CLIENT * EACH_MOST.default,
        ),
    ],
    ids=["by default", "counted", "each"],
)
def test_series_stay_within_their_bound(
    descriptors: None, servers: Servers, services: Services, flags: tuple[str, ...], bound: int
) -> None:
    server = servers(config={"maxclients": CLIENTS + 100})
    with named_clients(server, CLIENTS):
        environment = {
            "REDIS_URL": server.url,
            "REDIS_HEALTH_DRAIN_DELAY": "0",
            # A reply of three megabytes, on a machine that is busy with other things.
            "REDIS_HEALTH_CLIENT_LIST_TIMEOUT": "10",
        }
        service = services(*flags, environment=environment)
        page = told(service)
        assert len(page.values) <= bound
        counted = [
            value for one, value in page.values.items() if one.name == "redis_client_connections"
        ]
        # Nobody is lost by being summed up: the service has connections too.
        assert bool(counted) == bool(flags)
        assert not flags or sum(counted) >= CLIENTS
        each = sum(one.name == "redis_connected_client_info" for one in page.values)
        assert each == (EACH_MOST.default if len(flags) == 2 else 0)


def told(service: ServiceProcess) -> Page:
    """The page once every probe has had a round."""
    assert poll(lambda: service.get("/startupz").status == 200, within=30.0)
    return read(service.metrics())


@contextlib.contextmanager
def named_clients(server: RedisServer, number: int) -> Iterator[None]:
    """So many connections, each with a name of its own, until the end of the block."""
    with contextlib.ExitStack() as stack:
        connections = [stack.enter_context(socket.socket(socket.AF_UNIX)) for _ in range(number)]
        for index, connection in enumerate(connections):
            connection.connect(str(server.socket_path))
            connection.sendall(encode("CLIENT", "SETNAME", f"client-{index}"))
        for connection in connections:
            assert connection.recv(16) == b"+OK\r\n"
        yield

"""Fixtures: real servers, and the service beside them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Protocol

import pytest

from tests.certificates import Certificates, make_certificates
from tests.fuzz.report import pytest_terminal_summary  # noqa: F401 - a hook, told at the end
from tests.kinds import DEFAULT_KIND, MATRIX, MissingServer
from tests.servers import RedisServer
from tests.service import ServiceProcess


class Servers(Protocol):
    """Starts a server that ends with the test; the parameters are those of RedisServer."""

    def __call__(
        self,
        kind: str = DEFAULT_KIND,
        *arguments: str,
        config: Mapping[str, str | int] | None = None,
        port: int | None = None,
        tls: Certificates | None = None,
        ready: bool = True,
    ) -> RedisServer: ...


class Services(Protocol):
    """Starts the service as a process that ends with the test."""

    def __call__(
        self,
        *arguments: str,
        environment: Mapping[str, str] | None = None,
        live: bool = True,
    ) -> ServiceProcess: ...


@pytest.fixture
def servers() -> Iterator[Servers]:
    """Starts servers of any kind."""
    with contextlib.ExitStack() as stack:

        def start(
            kind: str = DEFAULT_KIND,
            *arguments: str,
            config: Mapping[str, str | int] | None = None,
            port: int | None = None,
            tls: Certificates | None = None,
            ready: bool = True,
        ) -> RedisServer:
            server = RedisServer(kind, *arguments, config=config, port=port, tls=tls)
            stack.callback(server.close)
            # Never a skip: a matrix with a hole in it would still look green.
            try:
                return server.start(ready=ready)
            except MissingServer as missing:
                pytest.fail(str(missing))

        yield start


@pytest.fixture
def server(servers: Servers) -> RedisServer:
    """The server that most people run."""
    return servers()


@pytest.fixture(params=MATRIX)
def any_server(request: pytest.FixtureRequest, servers: Servers) -> RedisServer:
    """Each server of the matrix in turn."""
    return servers(request.param)


@pytest.fixture
def services() -> Iterator[Services]:
    """Starts the service beside whatever the test has."""
    with contextlib.ExitStack() as stack:

        def start(
            *arguments: str,
            environment: Mapping[str, str] | None = None,
            live: bool = True,
        ) -> ServiceProcess:
            service = ServiceProcess(*arguments, environment=environment)
            stack.callback(service.close)
            return service.start(live=live)

        yield start


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """One set of certificates for all tests."""
    directory: Path = tmp_path_factory.mktemp("certificates")
    return make_certificates(directory)

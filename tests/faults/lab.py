"""A scene: a server, the service beside it, and those that watch it as well."""

from __future__ import annotations

import contextlib
from contextlib import AbstractContextManager
from typing import Any, Self, TypeVar

from tests.certificates import Certificates
from tests.clusters import ClusterTrio
from tests.faults.fault import Fault
from tests.faults.relay import Relay
from tests.faults.rivals import Address, Rivals
from tests.sentinels import SentinelTrio
from tests.servers import RedisServer
from tests.service import ServiceProcess

#: Seconds in which all must be well that is well.
_PATIENCE = 20.0

_T = TypeVar("_T")


class Lab:
    """The servers and the service of one scene; all are gone when the ``with`` block ends.

    ``server`` is the one that is watched, unless ``url`` is changed before the service starts.
    """

    def __init__(self, fault: Fault, certificates: Certificates) -> None:
        self.fault = fault
        self.certificates = certificates
        # The end of a scene need not be announced to anybody.
        self.environment = {"REDIS_HEALTH_DRAIN_DELAY": "0", **fault.environment}
        self.arguments = list(fault.arguments)
        #: What Python runs as the service.
        self.program: tuple[str, ...] = ("-m", "redis_health")
        self._stack = contextlib.ExitStack()
        tls = certificates if fault.tls else None
        self.server = RedisServer(fault.kind, config=fault.config, tls=tls)
        self.url = self.server.url
        if self.server.password is not None and "REDIS_PASSWORD" not in self.environment:
            # From a file, as a secret comes into a container.
            secret = self.server.dir / "password"
            secret.write_text(self.server.password)
            self.environment["REDIS_PASSWORD_FILE"] = str(secret)
        if tls is not None:
            self.environment.setdefault("REDIS_TLS_CA_FILE", str(certificates.ca))
        self._stack.callback(self.server.close)
        #: The servers that were added.
        self.others: list[RedisServer] = []
        self._relay: Relay | None = None
        self._cluster: ClusterTrio | None = None
        self._sentinels: SentinelTrio | None = None
        self._service: ServiceProcess | None = None
        self._rivals: Rivals | None = None

    @property
    def service(self) -> ServiceProcess:
        """The service, which must have been started."""
        assert self._service is not None
        return self._service

    @property
    def rivals(self) -> Rivals:
        """Those that watch the same server, once the service was started."""
        assert self._rivals is not None
        return self._rivals

    @property
    def cluster(self) -> ClusterTrio:
        """The Cluster that was prepared for this scene."""
        assert self._cluster is not None
        return self._cluster

    def add_cluster(self, *, node_timeout: int, full_coverage: bool) -> None:
        """Starts a Cluster, of which the first node is watched."""
        trio = ClusterTrio(node_timeout=node_timeout, full_coverage=full_coverage)
        self._cluster = self.keep(trio)
        self.server = trio.nodes[0]
        self.url = self.server.url

    @property
    def sentinels(self) -> SentinelTrio:
        """The Sentinels that were prepared for this scene, and their servers."""
        assert self._sentinels is not None
        return self._sentinels

    def add_sentinels(self) -> None:
        """Starts a primary and a replica under three Sentinels; the primary is watched."""
        self._sentinels = self.keep(SentinelTrio())
        self.server = self._sentinels.primary
        self.url = self.server.url

    @property
    def relay(self) -> Relay:
        """The proxy that was prepared for this scene."""
        assert self._relay is not None
        return self._relay

    def add_relay(self) -> Relay:
        """Starts a proxy in front of the server."""
        self._relay = self.keep(contextlib.closing(Relay(self.server.port)))
        return self._relay

    def keep(self, resource: AbstractContextManager[_T]) -> _T:
        """Enters what is to last until the end of the scene."""
        return self._stack.enter_context(resource)

    def add_server(self, **config: str | int) -> RedisServer:
        """One more server; underscores in the names of directives stand for hyphens."""
        directives = {name.replace("_", "-"): value for name, value in config.items()}
        server = RedisServer(self.fault.kind, config=directives)
        self._stack.callback(server.close)
        self.others.append(server)
        return server.start()

    def start_service(self) -> None:
        """Starts the service on ``url``, and beside it those that it is compared with."""
        if self.fault.rivals:
            self._rivals = self.keep(Rivals(Address.of(self.url, self.environment)))
        environment = {"REDIS_URL": self.url, **self.environment}
        self._service = ServiceProcess(
            *self.arguments, environment=environment, program=self.program
        )
        self._stack.callback(self._service.close)
        self._service.start()

    def wait_up(self, *, within: float = _PATIENCE) -> dict[str, Any]:
        """Waits until all is well."""
        return self.service.wait_for(lambda health: bool(health["state"] == "up"), within=within)

    def __enter__(self) -> Self:
        self.server.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

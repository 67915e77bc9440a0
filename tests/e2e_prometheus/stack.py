"""Everything together: servers of all sorts, redis-health, Prometheus, Alertmanager, a receiver."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.e2e_prometheus import shipped
from tests.e2e_prometheus.programs import Alertmanager, Prometheus
from tests.e2e_prometheus.receiver import Receiver
from tests.ports import free_port, poll
from tests.servers import DEFAULT_KIND, RedisServer
from tests.service import ServiceProcess

#: Seconds after which a lost link is told; the rules and the service are given the same.
_STALE = 4
_SLOTS = 16384


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """The servers. ``plain`` has a sidecar of its own, and so has nothing else."""

    plain: RedisServer
    killed: RedisServer
    frozen: RedisServer
    filled: RedisServer
    crowded: RedisServer
    primary: RedisServer
    replica: RedisServer
    node: RedisServer
    sentinel: RedisServer

    @property
    def targets(self) -> tuple[RedisServer, ...]:
        """Those that one redis-health is asked for."""
        return (
            self.killed,
            self.frozen,
            self.filled,
            self.crowded,
            self.primary,
            self.replica,
            self.node,
            self.sentinel,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """What runs. ``doomed`` is a second sidecar of ``plain``."""

    field: Field
    sidecar: ServiceProcess
    doomed: ServiceProcess
    prometheus: Prometheus
    alertmanager: Alertmanager
    receiver: Receiver

    def wait_healthy(self) -> None:
        """Until every target is scraped and finds its Redis well, and the rules have seen them."""
        expected = len(self.field.targets) + 2
        found: dict[str, float] = {}

        def healthy() -> bool:
            nonlocal found
            found = self.prometheus.values("service_health")
            seen = self.prometheus.values("instance:redis_health_target:bool")
            return len(found) == len(seen) == expected and set(found.values()) == {1.0}

        assert poll(healthy, within=40, every=0.2), (found, self.prometheus.log)


def instance(one: RedisServer | ServiceProcess) -> str:
    """The label ``instance`` of a server behind the prober, or of a sidecar."""
    return one.url if isinstance(one, RedisServer) else f"127.0.0.1:{one.port}"


@contextlib.contextmanager
def running(directory: Path) -> Iterator[Stack]:
    """Start all of it, and end all of it."""
    with contextlib.ExitStack() as stack:
        field = _field(stack, directory)
        sidecar, doomed = (_service(stack, field.plain) for _ in range(2))
        prober = _service(
            stack,
            field.plain,
            REDIS_HEALTH_SCRAPE_ALLOW="127.0.0.0/8",
            REDIS_HEALTH_REPLICA_MAX_STALE=str(_STALE),
        )
        mail, alerts, metrics = free_port(), free_port(), free_port()
        receiver = stack.enter_context(Receiver(mail))
        alerting = directory / "alertmanager.yml"
        alerting.write_text(shipped.alertmanager(mail))
        alertmanager = stack.enter_context(Alertmanager(directory, alerts, alerting))
        rules = directory / "rules.yml"
        rules.write_text(shipped.rules("--replica-max-stale", str(_STALE)))
        config = directory / "prometheus.yml"
        config.write_text(
            shipped.prometheus(
                rule_file=rules,
                alertmanager=alerts,
                sidecars=[sidecar.port, doomed.port],
                prober=prober.port,
                targets=[server.url for server in field.targets],
            )
        )
        prometheus = stack.enter_context(Prometheus(directory, metrics, config))
        yield Stack(
            field=field,
            sidecar=sidecar,
            doomed=doomed,
            prometheus=prometheus,
            alertmanager=alertmanager,
            receiver=receiver,
        )


def _field(stack: contextlib.ExitStack, directory: Path) -> Field:
    def server(*arguments: str, **config: str) -> RedisServer:
        directives = {name.replace("_", "-"): value for name, value in config.items()}
        return stack.enter_context(RedisServer(DEFAULT_KIND, *arguments, config=directives))

    primary = server(slowlog_log_slower_than="0", latency_monitor_threshold="1")
    node = server(cluster_enabled="yes")
    node.call("CLUSTER", "ADDSLOTSRANGE", 0, _SLOTS - 1)
    watched = directory / "sentinel.conf"
    watched.write_text(f"sentinel monitor mymaster 127.0.0.1 {primary.port} 1\n")
    return Field(
        plain=server(save="3600 1", appendonly="yes"),
        killed=server(),
        frozen=server(),
        filled=server(),
        crowded=server(maxclients="20"),
        primary=primary,
        replica=server(replicaof=f"127.0.0.1 {primary.port}"),
        node=node,
        sentinel=server(str(watched), "--sentinel"),
    )


def _service(
    stack: contextlib.ExitStack, server: RedisServer, **environment: str
) -> ServiceProcess:
    given = {"REDIS_URL": server.url, "REDIS_HEALTH_DRAIN_DELAY": "0", **environment}
    return stack.enter_context(ServiceProcess(environment=given))

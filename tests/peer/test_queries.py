"""What people ask of redis_exporter's metrics has an answer in a Prometheus that scrapes us."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.kinds import DEFAULT_KIND
from tests.peer.conftest import cluster_node, pair, sentinel
from tests.peer.load import use
from tests.peer.prometheus import Prometheus
from tests.ports import poll
from tests.servers import RedisServer
from tests.service import ServiceProcess

#: A comparison; those of label matchers have no spaces around them.
COMPARISON = re.compile(r" (==|!=|>=|<=|>|<) ")
VARIABLES = {"$instance": ".+", "$__rate_interval": "1m", "$__interval": "1m"}


class Query(NamedTuple):
    """One line of the list; ``server`` is what must be there for an answer."""

    source: str
    server: str
    expression: str

    @property
    def asked(self) -> str:
        """The expression, such that a comparison tells 0 or 1 and leaves nothing out."""
        text = self.expression
        for variable, value in VARIABLES.items():
            text = text.replace(variable, value)
        return COMPARISON.sub(r" \1 bool ", text)


LINES = (Path(__file__).parent / "queries.txt").read_text(encoding="utf-8").splitlines()
QUERIES = [Query(*line.split("\t")) for line in LINES if not line.startswith("#")]
ANY = [query for query in QUERIES if query.server == "any"]
OTHER = [query for query in QUERIES if query.server != "any"]


@contextlib.contextmanager
def watched(**servers: RedisServer) -> Iterator[dict[str, ServiceProcess]]:
    """A service beside each server, with the options that the service has by default."""
    with contextlib.ExitStack() as stack:
        found = {}
        for name, server in servers.items():
            environment = {"REDIS_URL": server.url, "REDIS_HEALTH_DRAIN_DELAY": "0"}
            found[name] = stack.enter_context(ServiceProcess(environment=environment))
        yield found


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Prometheus, RedisServer]]:
    """A primary on its own that has seen use."""
    config = {"maxmemory": "100mb", "save": "3600 1", "appendonly": "yes"}
    with RedisServer(config=config) as server:
        use(server)
        with (
            watched(redis=server) as services,
            Prometheus(tmp_path_factory.mktemp("alone"), services) as prometheus,
        ):
            yield prometheus, server


@pytest.fixture(scope="module")
def together(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    """A primary, its replica, a Sentinel that watches them, and a cluster node."""
    with (
        pair(DEFAULT_KIND) as (primary, replica),
        sentinel(primary, tmp_path_factory.mktemp("sentinel")) as watcher,
        cluster_node(DEFAULT_KIND) as node,
        watched(primary=primary, replica=replica, sentinel=watcher, cluster=node) as services,
        Prometheus(tmp_path_factory.mktemp("together"), services) as prometheus,
    ):
        yield prometheus


@pytest.mark.parametrize("query", ANY, ids=[query.expression for query in ANY])
def test_a_primary_answers(alone: tuple[Prometheus, RedisServer], query: Query) -> None:
    prometheus, server = alone

    def answered() -> bool:
        # A ratio of rates is a number only while something happens.
        server.call("GET", "key1")
        server.call("GET", "none")
        return bool(prometheus.query(query.asked))

    assert poll(answered, within=30.0, every=0.2), query.asked


@pytest.mark.parametrize("query", OTHER, ids=[query.expression for query in OTHER])
def test_what_it_is_about_answers(together: Prometheus, query: Query) -> None:
    assert poll(lambda: bool(together.query(query.asked)), within=30.0, every=0.2), query.asked


def test_the_list_is_well_formed() -> None:
    assert len(QUERIES) == len(set(QUERIES)) > 80
    assert {query.server for query in OTHER} == {"replica", "cluster", "sentinel"}
    assert {query.source for query in QUERIES} == {
        "dashboard-763",
        "redis-mixin",
        "awesome-alerts",
        "charts",
        "common",
    }

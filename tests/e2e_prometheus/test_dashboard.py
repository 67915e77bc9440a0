"""Every query of the dashboard has something to show in a real Prometheus."""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Callable, Iterator

import pytest

from deploy.grafana import build
from deploy.grafana.panel import Needs, Query
from deploy.grafana.rows import ROWS
from tests.e2e_prometheus.stack import Field, Stack, instance
from tests.ports import poll
from tests.resp import ask
from tests.servers import ReplyError

QUERIES = [
    pytest.param(query, id=f"{panel.title} {number}")
    for row in ROWS
    for panel in row.panels
    for number, query in enumerate(panel.queries, start=1)
]
EVERYTHING = ".*"


@pytest.fixture(scope="module")
def busy(stack: Stack) -> Iterator[Stack]:
    """The stack with some traffic, with errors, and with one server out of memory for a while."""
    _traffic(stack.field)
    filled = instance(stack.field.filled)
    stack.field.filled.call("CONFIG", "SET", "maxmemory", 1)
    stack.field.killed.kill()
    _wait(stack, f'service_health{{instance="{filled}"}}', {filled: 0.0})
    killed = instance(stack.field.killed)
    _wait(stack, f'redis_up{{instance="{killed}"}}', {killed: 0.0})
    yield stack
    stack.field.killed.start()
    stack.field.filled.call("CONFIG", "SET", "maxmemory", 0)


def _traffic(field: Field) -> None:
    for server in (field.plain, field.primary):
        with server.connect() as connection:
            for number in range(200):
                ask(connection, "SET", f"key:{number}", "value")
                ask(connection, "GET", f"key:{number * 2}")
            ask(connection, "EXPIRE", "key:1", 600)
            with contextlib.suppress(ReplyError):
                ask(connection, "LPUSH", "key:2", "not a list")
    # An event of the latency monitor, whose threshold there is a millisecond.
    field.primary.call("EVAL", "for i = 1, 3e6 do end", 0)


def _wait(stack: Stack, expression: str, expected: dict[str, float]) -> None:
    assert poll(lambda: stack.prometheus.values(expression) == expected, within=30, every=0.2), (
        expression
    )


def as_sent(promql: str, *, instances: str = EVERYTHING) -> str:
    """What Grafana sends: the expression with the values of the variables."""
    for name, value in {
        "$job": EVERYTHING,
        "$instance": instances,
        "$__rate_interval": "15s",
        "$__range": "4m",
    }.items():
        promql = promql.replace(name, value)
    assert "$" not in promql, promql
    return promql


@pytest.mark.parametrize("query", QUERIES)
def test_the_query_has_series(
    busy: Stack, query: Query, record_property: Callable[[str, object], None]
) -> None:
    plain = query.needs is Needs.NOTHING_MORE
    sent = as_sent(query.promql, instances=instance(busy.sidecar) if plain else EVERYTHING)
    deadline = time.monotonic() + 40
    while not (found := busy.prometheus.drawn(sent, seconds=60)):
        assert time.monotonic() < deadline, sent
        time.sleep(0.5)
    for labels in found:
        assert set(re.findall(r"\{\{(\w+)\}\}", query.legend)) <= set(labels), labels
    number = len(busy.prometheus.drawn(as_sent(query.promql), seconds=60))
    record_property("series", f"{number:4} series: {query.expr}")


def test_what_is_conditional_is_not_on_every_server(busy: Stack) -> None:
    """A panel that a plain Redis fills must not be excused."""
    excused = (Needs.A_LIMIT, Needs.A_PAIR, Needs.A_REPLICA, Needs.A_CLUSTER, Needs.A_SENTINEL)
    shown = [
        query.expr
        for query in (parameters.values[0] for parameters in QUERIES)
        if isinstance(query, Query) and query.needs in excused
        if busy.prometheus.drawn(
            as_sent(query.promql, instances=instance(busy.sidecar)), seconds=60
        )
    ]
    assert shown == []


def test_the_variables_offer_what_is_watched(stack: Stack) -> None:
    jobs = _offered(stack, build.JOBS)
    assert jobs == {"service_health", "redis"}
    servers = {instance(server) for server in stack.field.targets}
    sidecars = {instance(service) for service in (stack.sidecar, stack.doomed)}
    assert _offered(stack, build.INSTANCES) == servers | sidecars


def _offered(stack: Stack, query: str) -> set[str]:
    found = re.fullmatch(r"label_values\((?P<selector>.+), (?P<label>\w+)\)", query)
    assert found is not None
    return stack.prometheus.offered(found["label"], as_sent(found["selector"]))


def test_changes_of_the_verdict_are_marked(busy: Stack) -> None:
    marks = busy.prometheus.drawn(as_sent(build.changes_to("0")), seconds=180)
    down = {instance(busy.field.killed), instance(busy.field.filled)}
    assert down <= {labels["instance"] for labels in marks}
    # A server that stays well has no mark.
    assert instance(busy.field.node) not in {labels["instance"] for labels in marks}

"""A primary and its replicas."""

from __future__ import annotations

import pytest

from redis_health.model import Capability, ProbeOptions
from redis_health.probes.replication import PROBE
from tests.conftest import Servers
from tests.ports import poll
from tests.probes.readers import Live, Recorded, ask, info_text
from tests.servers import RedisServer


def slave(port: int, *, state: str = "online", lag: int = 0) -> str:
    return f"ip=10.0.0.2,port={port},state={state},offset=14,lag={lag}"


def text(*slaves: str, **more: object) -> str:
    lines = {f"slave{index}": line for index, line in enumerate(slaves)}
    return info_text(role="master", connected_slaves=len(slaves), **lines, **more)


async def test_the_worst_lag_of_those_online() -> None:
    lines = [slave(1, lag=31), slave(2, lag=3), slave(3, state="wait_bgsave", lag=90)]
    result = await ask(PROBE, Recorded(text(*lines)))
    reading = result.readings["replica_lag"]
    assert reading.value == 31.0
    assert reading.message == "replica 10.0.0.2:1 last acknowledged 31s ago"
    assert reading.threshold.condition.lost == {Capability.REDUNDANCY}
    assert result.samples["redis_connected_slave_lag_seconds", "10.0.0.2", "1", "online"] == 31.0
    assert result.samples["redis_connected_slave_offset_bytes", "10.0.0.2", "2", "online"] == 14.0


async def test_no_lag_without_replicas() -> None:
    assert (await ask(PROBE, Recorded(text()))).readings == {}


@pytest.mark.parametrize(
    ("expected", "message"),
    [
        (0, None),
        (1, None),
        (2, "1 of 2 expected replicas online"),
    ],
)
async def test_missing_replicas(expected: int, message: str | None) -> None:
    reader = Recorded(
        text(slave(1), slave(2, state="send_bulk")),
        options=ProbeOptions(given={"expect_replicas": expected}),
    )
    findings = (await ask(PROBE, reader)).findings
    assert [finding.message for finding in findings.values()] == ([message] if message else [])


@pytest.mark.parametrize(
    ("good", "parameters", "found"),
    [
        (0, {"min-replicas-to-write": "1"}, True),
        (1, {"min-replicas-to-write": "2"}, True),
        (2, {"min-replicas-to-write": "2"}, False),
        (0, None, True),
        (1, None, False),
        (None, {"min-replicas-to-write": "1"}, False),
    ],
)
async def test_too_few_good_replicas(
    good: int | None, parameters: dict[str, str] | None, found: bool
) -> None:
    more = {} if good is None else {"min_slaves_good_slaves": good}
    result = await ask(PROBE, Recorded(text(**more), parameters=parameters))
    assert result.codes == ({"NOREPLICAS"} if found else set())


async def test_config_is_asked_only_while_replicas_are_required() -> None:
    reader = Recorded(text())
    await ask(PROBE, reader)
    assert reader.asked == []


@pytest.mark.parametrize(("expected", "found"), [("slave", True), ("master", False), (None, False)])
async def test_a_primary_that_should_be_a_replica(expected: str | None, found: bool) -> None:
    result = await ask(PROBE, Recorded(text(), options=ProbeOptions(expect_role=expected)))
    messages = [finding.message for finding in result.findings.values()]
    assert messages == (["expected a replica, this is a primary"] if found else [])


async def test_a_sentinel_has_neither_role() -> None:
    result = await ask(PROBE, Recorded(info_text(redis_mode="sentinel")))
    assert result.facts == {"role": None, "run_id": None}
    assert result.codes == set()


async def test_real_replicas_come_and_go(servers: Servers) -> None:
    primary = servers(config={"min-replicas-to-write": 1})
    reader = Live(server=primary, options=ProbeOptions(given={"expect_replicas": 1}))
    result = await ask(PROBE, reader)
    assert result.codes == {"NOREPLICAS", "REPLICAS_MISSING"}
    assert result.findings["NOREPLICAS"].message == (
        "0 good replicas, 1 required: writes are refused with NOREPLICAS; reads work"
    )
    replica = servers(config={"replicaof": f"127.0.0.1 {primary.port}"})
    assert poll(lambda: primary.info()["min_slaves_good_slaves"] == "1", within=15)
    result = await ask(PROBE, reader)
    assert result.codes == set()
    key = ("redis_connected_slave_lag_seconds", "127.0.0.1", str(replica.port), "online")
    assert key in result.samples


async def test_a_fresh_server_of_every_kind_is_fine(any_server: RedisServer) -> None:
    result = await ask(PROBE, Live(server=any_server))
    assert result.codes == set()
    assert result.facts["role"] == "master"

"""A primary and its replicas."""

from __future__ import annotations

import time
from collections.abc import Mapping

import pytest

from redis_health.info import parse_info, parse_pairs
from redis_health.model import Capability, ProbeOptions
from redis_health.probes._lag import Offsets, offsets
from redis_health.probes.replication import PROBE
from tests.conftest import Servers
from tests.ports import poll
from tests.probes.readers import Live, Recorded, ask, info_text
from tests.servers import RedisServer


def slave(port: int, *, state: str = "online", offset: int = 14, lag: int = 0) -> str:
    return f"ip=10.0.0.2,port={port},state={state},offset={offset},lag={lag}"


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


async def test_a_replica_that_acknowledges_and_is_far_behind() -> None:
    last: Mapping[str, object] = {}
    for seconds in range(0, 46, 5):
        at = text(slave(1), master_replid="a", master_repl_offset=14 + 2**20 * seconds)
        reader = Recorded(at, monotonic=100.0 + seconds, last=last)
        result = await ask(PROBE, reader)
        last = result.facts
    reading = result.readings["replica_lag"]
    assert reading.value == 45.0
    assert reading.message == "replica 10.0.0.2:1 is 45s behind (45.00 MiB)"


async def test_a_replica_that_has_just_come_back_is_not_behind() -> None:
    reader = Recorded(text(slave(1), master_replid="a", master_repl_offset=14))
    await ask(PROBE, reader)
    for _ in range(10):
        reader.monotonic += 5
        reader.text = text(slave(1, offset=0), master_replid="a", master_repl_offset=2**20)
        assert (await ask(PROBE, reader)).readings["replica_lag"].value == 0.0


@pytest.mark.parametrize(
    ("offset", "behind"),
    [
        (400, (0.0, 0.0)),
        # Where the primary stood a round ago: its acknowledgement may be under way.
        (300, (0.0, 0.0)),
        (299, (10.0, 101.0)),
        (200, (10.0, 200.0)),
        (100, (15.0, 300.0)),
        # At least as long as we have looked.
        (0, (15.0, 400.0)),
    ],
)
def test_when_the_primary_stood_where_a_replica_stands(
    offset: float, behind: tuple[float, float]
) -> None:
    known = Offsets("a", ((5.0, 100.0), (10.0, 200.0), (15.0, 300.0), (20.0, 400.0)))
    assert known.behind(offset, now=20.0) == behind


def test_an_idle_primary_is_nobody_ahead() -> None:
    known = Offsets("a", ((5.0, 100.0), (10.0, 100.0)))
    assert known.behind(100.0, now=10.0) == (0.0, 0.0)
    assert Offsets("a", ((5.0, 100.0),)).behind(0.0, now=5.0) == (0.0, 0.0)


def test_another_stream_begins_anew() -> None:
    def look(last: Offsets | None, at: float, replid: str, offset: int) -> Offsets:
        lines = info_text(role="master", master_replid=replid, master_repl_offset=offset)
        return offsets(parse_info(lines, observed=at, seconds=0.0), {"offsets": last})

    known = look(look(None, 5.0, "a", 100), 10.0, "a", 200)
    assert known.points == ((5.0, 100.0), (10.0, 200.0))
    assert look(known, 10.5, "a", 210).points == ((5.0, 100.0), (10.0, 200.0), (10.5, 210.0))
    assert look(known, 400.0, "a", 210).points == ((400.0, 210.0),)
    assert look(known, 15.0, "a", 50).points == ((15.0, 50.0),)
    assert look(known, 15.0, "b", 300) == Offsets("b", ((15.0, 300.0),))


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


async def test_a_real_replica_that_reconnects_is_not_behind(servers: Servers) -> None:
    primary = servers()
    servers(config={"replicaof": f"127.0.0.1 {primary.port}"})
    assert poll(lambda: "state=online" in primary.info().get("slave0", ""), within=15)
    primary.call("SET", "key", "value")
    assert poll(lambda: _offset(primary) > 0, within=15)
    # A primary that we have watched for long, and that has written a lot meanwhile.
    replid = primary.info()["master_replid"]
    now = time.monotonic()
    places = ((now - 100, 1.0), (now - 50, 2.0), (now - 5, 3.0))
    reader = Live(server=primary, last={"offsets": Offsets(replid, places)})
    for _ in range(5):
        primary.call("CLIENT", "KILL", "TYPE", "replica")
        # It acknowledges within a second, at times at once.
        assert poll(lambda: _offset(primary) >= 0, within=15)
        assert (await ask(PROBE, reader)).readings["replica_lag"].value < 5.0


def _offset(primary: RedisServer) -> int:
    """What the only replica has acknowledged: 0 on a new link, -1 where there is none."""
    return int(parse_pairs(primary.info().get("slave0", "offset=-1"))["offset"])


async def test_a_fresh_server_of_every_kind_is_fine(any_server: RedisServer) -> None:
    result = await ask(PROBE, Live(server=any_server))
    assert result.codes == set()
    assert result.facts["role"] == "master"

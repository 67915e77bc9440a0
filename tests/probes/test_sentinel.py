"""Sentinels: well, without a quorum, without a primary, and in TILT."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path

import pytest

from redis_health.client import Deadline, RoundReader, Session
from redis_health.errors import RedisFault, Unavailable
from redis_health.model import (
    Argument,
    Capability,
    Condition,
    Failure,
    Nature,
    ProbeOptions,
    Reply,
    Target,
)
from redis_health.probes import catalogue
from redis_health.probes.sentinel import PROBE, SENTINEL_MASTERS
from tests.client.sessions import session_of, target_of
from tests.conftest import Servers
from tests.kinds import MATRIX
from tests.ports import poll
from tests.probes.readers import Recorded, Round, ask, info_text
from tests.servers import RedisServer

Sentinels = Callable[..., RedisServer]
MODE = info_text(redis_mode="sentinel")
PRIMARY = ["name", "mine", "ip", "::1", "port", "6379", "flags", "master", "quorum", "2"]
QUIET: dict[str, object] = {
    "SENTINEL MASTERS": [PRIMARY],
    "SENTINEL SENTINELS mine": [],
    "SENTINEL SLAVES mine": [],
    "SENTINEL CKQUORUM mine": b"OK 1 usable Sentinels.",
}


@pytest.fixture
def sentinels(servers: Servers, tmp_path: Path) -> Sentinels:
    """Starts a Sentinel that watches a primary as ``mymaster``."""

    def start(primary: RedisServer, *, quorum: int = 1, kind: str = "redis-7.0") -> RedisServer:
        file = tmp_path / f"sentinel-{kind}.conf"
        file.write_text(
            f"sentinel monitor mymaster 127.0.0.1 {primary.port} {quorum}\n"
            "sentinel down-after-milliseconds mymaster 300\n"
        )
        return servers(kind, str(file), "--sentinel")

    return start


async def look(server: RedisServer, probe: str = "sentinel", *, resp: int = 2) -> Round:
    """One round over the real client, which tells one error reply from another."""
    target = Target(host="127.0.0.1", port=server.port, resp=resp)
    session = Session(target, info_timeout=2.0)
    try:
        reader = RoundReader(session, timeout=5.0, last={}, options=ProbeOptions())
        declared = next(each for each in catalogue() if each.name == probe)
        return Round(tuple(await declared.collect(reader)))
    finally:
        session.close()


@contextlib.asynccontextmanager
async def recording(server: RedisServer) -> AsyncIterator[tuple[RoundReader, list[int]]]:
    """A reader over the real client, and how many commands each of its round trips has."""
    trips: list[int] = []
    async with session_of(target_of(server)) as session:
        ask_lane = session.lane.ask

        async def counted(
            commands: Sequence[Sequence[Argument]], deadline: Deadline
        ) -> tuple[list[Reply], float]:
            trips.append(len(commands))
            return await ask_lane(commands, deadline)

        session.lane.ask = counted  # type: ignore[method-assign]
        yield RoundReader(session, timeout=2.0, last={}, options=ProbeOptions()), trips


def wait(sentinel: RedisServer, expected: str) -> None:
    def there() -> bool:
        return expected in sentinel.call("INFO", "sentinel")

    assert poll(there, within=15.0, every=0.02), sentinel.call("INFO", "sentinel")


@pytest.mark.parametrize("kind", MATRIX)
async def test_every_sentinel(servers: Servers, sentinels: Sentinels, kind: str) -> None:
    primary = servers(kind)
    replica = servers(kind)
    replica.call("REPLICAOF", "127.0.0.1", primary.port)
    assert poll(lambda: primary.info()["connected_slaves"] == "1", within=10.0)
    sentinel = sentinels(primary, kind=kind)
    wait(sentinel, "slaves=1")
    result = await look(sentinel)
    assert result.codes == set()
    where = f"127.0.0.1:{primary.port}"
    samples = result.samples
    assert samples["redis_sentinel_masters",] == 1
    assert samples["redis_sentinel_tilt",] == 0
    assert samples["redis_sentinel_master_status", "mymaster", where, "ok"] == 1
    for name, value in {
        "slaves": 1,
        "sentinels": 1,
        "ok_slaves": 1,
        "ok_sentinels": 1,
        "setting_ckquorum": 1,
        "setting_failover_timeout": 180_000,
        "setting_parallel_syncs": 1,
        "setting_down_after_milliseconds": 300,
        "config_epoch": 0,
    }.items():
        assert samples[f"redis_sentinel_master_{name}", "mymaster", where] == value
    ping = samples["redis_sentinel_master_last_ok_ping_reply_seconds", "mymaster", where]
    assert isinstance(ping, float)
    assert 0.0 <= ping < 2.0
    message = "OK 1 usable Sentinels. Quorum and failover authorization can be reached"
    assert samples["redis_sentinel_master_ckquorum_status", "mymaster", message] == 1


@pytest.mark.parametrize("kind", MATRIX)
async def test_no_probe_alarms_or_errs_on_a_sentinel(
    servers: Servers, sentinels: Sentinels, kind: str
) -> None:
    sentinel = sentinels(servers(kind), kind=kind)
    for probe in catalogue():
        try:
            result = await look(sentinel, probe.name)
        except Unavailable:
            continue
        assert result.codes == set()
    assert "total_error_replies:0" in sentinel.call("INFO", "all")


@pytest.mark.parametrize("resp", [2, 3])
async def test_no_quorum(servers: Servers, sentinels: Sentinels, resp: int) -> None:
    result = await look(sentinels(servers(), quorum=2), resp=resp)
    assert {code: found.message for code, found in result.findings.items()} == {
        "NOQUORUM": "primary mymaster has a quorum of 2 and 1 sentinel: no failover is possible"
    }
    assert result.findings["NOQUORUM"].lost == set()
    ((_, _, message),) = [key for key in result.samples if "ckquorum_status" in key[0]]
    assert message.startswith("NOQUORUM 1 usable Sentinels.")
    assert result.samples["redis_sentinel_master_ckquorum_status", "mymaster", message] == 0


async def test_a_dead_primary(servers: Servers, sentinels: Sentinels) -> None:
    primary = servers()
    alone, able = sentinels(primary, quorum=2), sentinels(primary)
    primary.kill()
    wait(alone, "status=sdown")
    wait(able, "status=odown")
    finding = (await look(alone)).findings["SDOWN"]
    assert finding.message == "sentinel reports primary mymaster sdown and no quorum to fail over"
    assert finding.lost == {Capability.READ, Capability.WRITE}
    result = await look(able)
    assert result.codes == {"SDOWN"}
    assert result.findings["SDOWN"].lost == {Capability.READ, Capability.WRITE}
    assert result.findings["SDOWN"].message == (
        "sentinel reports primary mymaster odown and sdown and no replica to promote"
    )
    where = f"127.0.0.1:{primary.port}"
    assert result.samples["redis_sentinel_master_status", "mymaster", where, "odown"] == 0


@pytest.mark.parametrize(
    ("replicas", "due"),
    [
        ([], False),
        ([["flags", "slave", "slave-priority", "100"]], True),
        ([["flags", "slave", "slave-priority", "0"]], False),
        ([["flags", "slave,s_down", "slave-priority", "100"]], False),
        ([["flags", "slave,disconnected", "slave-priority", "100"]], False),
        ([["flags", "s_down,slave"], ["flags", "slave"]], True),
    ],
)
async def test_a_failover_takes_a_replica(replicas: list[Reply], due: bool) -> None:
    dead = ["s_down,o_down,master" if word == "master" else word for word in PRIMARY]
    replies = {**QUIET, "SENTINEL MASTERS": [dead], "SENTINEL SLAVES mine": replicas}
    finding = (await ask(PROBE, Recorded(MODE, replies=replies))).findings["SDOWN"]
    assert finding.message.endswith("a failover is due" if due else "no replica to promote")
    assert bool(finding.lost) is not due


async def test_tilt(servers: Servers, sentinels: Sentinels) -> None:
    sentinel = sentinels(servers(), quorum=2)
    with sentinel.frozen():
        # What a Sentinel takes for a jump of the clock is a pause of 2 s.
        await asyncio.sleep(2.3)
    wait(sentinel, "sentinel_tilt:1")
    result = await look(sentinel)
    assert {code: found.message for code, found in result.findings.items()} == {
        "TILT": "sentinel in TILT (time jump): its answers are frozen, CKQUORUM not trusted"
    }
    assert result.findings["TILT"].lost == set()
    assert result.samples["redis_sentinel_tilt",] == 1


async def test_those_that_are_down_are_not_counted() -> None:
    flags = ("sentinel", "s_down,sentinel", "sentinel,o_down", "sentinel,disconnected")
    others = [["name", "x", "flags", each] for each in flags]
    replicas = [{b"flags": b"slave"}, {b"flags": b"slave,s_down"}]
    replies = {**QUIET, "SENTINEL SENTINELS mine": others, "SENTINEL SLAVES mine": replicas}
    samples = (await ask(PROBE, Recorded(MODE, replies=replies))).samples
    assert samples["redis_sentinel_master_ok_sentinels", "mine", "[::1]:6379"] == 3
    assert samples["redis_sentinel_master_ok_slaves", "mine", "[::1]:6379"] == 1


async def test_the_number_of_primaries_is_bounded() -> None:
    replies = {**QUIET, "SENTINEL MASTERS": [PRIMARY] * 3}
    options = ProbeOptions(given={SENTINEL_MASTERS.name: 2})
    reader = Recorded(MODE, replies=replies, options=options)
    await ask(PROBE, reader)
    assert reader.asked.count("SENTINEL CKQUORUM mine") == 2


async def test_without_the_right_to_ckquorum_nothing_is_claimed() -> None:
    replies = {**QUIET, "SENTINEL CKQUORUM mine": Unavailable("SENTINEL", "NOPERM")}
    result = await ask(PROBE, Recorded(MODE, replies=replies))
    assert result.codes == set()
    assert not [key for key in result.samples if "ckquorum_status" in key[0]]


async def test_silence_in_the_middle_is_a_failure() -> None:
    fault = RedisFault(Failure(Condition("X", "", ""), Nature.SILENCE, "NOQUORUM 1 usable"))
    with pytest.raises(RedisFault):
        await ask(PROBE, Recorded(MODE, replies={**QUIET, "SENTINEL CKQUORUM mine": fault}))


@pytest.mark.parametrize(
    "text", ["ERR No such master with that name", "NOAUTH Authentication required."]
)
async def test_other_errors_say_nothing_of_a_quorum(text: str) -> None:
    fault = RedisFault(Failure(Condition("X", "", ""), Nature.REPLY, text))
    words = ("SENTINELS", "SLAVES", "CKQUORUM")
    refused = {f"SENTINEL {word} mine": fault for word in words}
    result = await ask(PROBE, Recorded(MODE, replies={**QUIET, **refused}))
    assert result.codes == set()
    told = {name for name, *_ in result.samples}
    assert told.isdisjoint(
        f"redis_sentinel_master_{each}" for each in ("ok_sentinels", "ok_slaves", "ckquorum_status")
    )


async def test_a_refused_list_of_sentinels_hides_no_quorum() -> None:
    replies = {
        **QUIET,
        "SENTINEL MASTERS": [[*PRIMARY, "num-other-sentinels", "2"]],
        "SENTINEL SENTINELS mine": Unavailable("SENTINEL", "NOPERM"),
        "SENTINEL CKQUORUM mine": RedisFault(
            Failure(Condition("X", "", ""), Nature.REPLY, "NOQUORUM 2 usable Sentinels. Not")
        ),
    }
    found = (await ask(PROBE, Recorded(MODE, replies=replies))).findings["NOQUORUM"]
    assert found.message.startswith("2 of 3 sentinels usable")


async def test_a_hundred_primaries_take_one_round_trip(servers: Servers, tmp_path: Path) -> None:
    primary = servers()
    file = tmp_path / "sentinel.conf"
    lines = [f"sentinel monitor m{number} 127.0.0.1 {primary.port} 1" for number in range(100)]
    file.write_text("\n".join(lines) + "\n")
    sentinel = servers("redis-7.0", str(file), "--sentinel")
    async with recording(sentinel) as (reader, trips):
        result = Round(tuple(await PROBE.collect(reader)))
    assert (
        sum(name == "redis_sentinel_master_ckquorum_status" for name, *_ in result.samples) == 100
    )
    assert trips == [1, 1, 300]


async def test_lines_that_say_nothing_are_left_out() -> None:
    text = MODE + "# Sentinel\r\nmaster0:name=a,address=b\r\nmasters:1\r\nmaster:x\r\n"
    replies: dict[str, object] = {"SENTINEL MASTERS": []}
    result = await ask(PROBE, Recorded(text, replies=replies))
    assert result.samples == {("redis_sentinel_master_status", "a", "b", ""): 0}


@pytest.mark.parametrize("mode", ["standalone", "cluster"])
async def test_another_server_is_not_asked(mode: str) -> None:
    reader = Recorded(info_text(redis_mode=mode))
    assert (await ask(PROBE, reader)).items == ()
    assert reader.asked == []

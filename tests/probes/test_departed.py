"""Replicas that leave a primary, and those that come again and again."""

from __future__ import annotations

import asyncio
import time

from redis_health.probes.replication import PROBE
from tests.conftest import Servers
from tests.ports import poll
from tests.probes.readers import Live, Recorded, ask, info_text
from tests.servers import RedisServer


def text(*ports: int, run_id: str = "a", syncs: int = 1) -> str:
    slaves = {
        f"slave{index}": f"ip=10.0.0.2,port={port},state=online,offset=14,lag=0"
        for index, port in enumerate(ports)
    }
    return info_text(role="master", run_id=run_id, sync_full=syncs, **slaves)


async def story(*rounds: tuple[float, str]) -> list[set[str]]:
    """The codes of each round, which comes so many seconds after the one before."""
    reader = Recorded()
    codes = []
    for after, told in rounds:
        reader.monotonic += after
        reader.text = told
        codes.append((await ask(PROBE, reader)).codes)
    return codes


async def test_a_replica_that_leaves_is_told_of_for_five_minutes() -> None:
    lost = {"REPLICA_LOST"}
    rounds = ((0, text(1, 2)), (5, text(1)), (5, text(1)), (294, text(1)), (2, text(1)))
    assert await story(*rounds) == [set(), set(), lost, lost, set()]


async def test_until_it_is_back_or_another_in_its_place() -> None:
    rounds = ((0, text(1, 2)), (5, text(1)), (5, text(1)), (5, text(1, 3)), (5, text(1, 3)))
    assert await story(*rounds) == [set(), set(), {"REPLICA_LOST"}, set(), set()]


async def test_a_link_that_breaks_is_back_within_a_moment() -> None:
    rounds = ((0, text(1)), (5, text()), (5, text(1)), (5, text()), (5, text(1)))
    assert await story(*rounds) == [set()] * 5


async def test_a_restarted_primary_begins_anew() -> None:
    rounds = ((0, text(1)), (5, text(run_id="b")), (10, text(run_id="b")))
    assert await story(*rounds) == [set()] * 3


async def test_the_words() -> None:
    reader = Recorded(text(1, 2))
    for after in (5, 5):
        await ask(PROBE, reader)
        reader.monotonic += after
        reader.text = text(2)
    finding = (await ask(PROBE, reader)).findings["REPLICA_LOST"]
    assert finding.message == "replica 10.0.0.2:1 is gone for 5s: 1 of 2 replicas left"


async def test_full_synchronisations_without_end() -> None:
    rounds = [(5.0, text(1, syncs=syncs)) for syncs in (1, 2, 3, 5, 6)]
    codes = await story(*rounds, (61.0, text(1, syncs=6)))
    assert codes == [set(), set(), set(), {"RESYNC_LOOP"}, {"RESYNC_LOOP"}, set()]


async def test_the_first_synchronisation_of_several_replicas_is_none() -> None:
    rounds = ((0, text(syncs=0)), (5, text(1, 2, 3, 4, syncs=4)))
    assert await story(*rounds) == [set()] * 2


async def test_a_real_replica_is_killed_and_comes_back(servers: Servers) -> None:
    primary = servers()
    config = {"replicaof": f"127.0.0.1 {primary.port}"}
    with RedisServer(config=config) as replica:
        assert poll(lambda: "state=online" in primary.info().get("slave0", ""), within=20.0)
        reader = Live(server=primary)
        assert (await ask(PROBE, reader)).codes == set()
        replica.kill()
        assert poll(lambda: primary.info()["connected_slaves"] == "0", within=20.0)
        codes: set[str] = set()
        deadline = time.monotonic() + 20.0
        while "REPLICA_LOST" not in codes and time.monotonic() < deadline:
            codes = (await ask(PROBE, reader)).codes
            await asyncio.sleep(0.2)
        assert codes == {"REPLICA_LOST"}
        replica.start()
        assert poll(lambda: "state=online" in primary.info().get("slave0", ""), within=20.0)
        assert (await ask(PROBE, reader)).codes == set()

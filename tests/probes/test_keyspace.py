"""Keys by database, and a restart that lost them."""

from __future__ import annotations

import asyncio

import pytest

from redis_health.probes.keyspace import PROBE
from tests.conftest import Servers
from tests.ports import poll
from tests.probes.readers import Live, Recorded, Round, ask, info_text
from tests.servers import MATRIX, RedisServer


def text(keys: int = 0, *, run_id: str = "a", uptime: int = 5000) -> str:
    more = {"db0": f"keys={keys},expires=0,avg_ttl=0"} if keys else {}
    return info_text(role="master", run_id=run_id, uptime_in_seconds=uptime, **more)


def of(result: Round, name: str) -> dict[str, object]:
    return {key[1]: value for key, value in result.samples.items() if key[0] == name}


async def test_every_database_has_its_series() -> None:
    reader = Recorded(info_text(db2="keys=3,expires=1,avg_ttl=1500"), {"databases": "4"})
    result = await ask(PROBE, reader)
    assert of(result, "redis_keys_total") == {"db0": 0.0, "db1": 0.0, "db2": 3.0, "db3": 0.0}
    assert of(result, "redis_db_keys_expiring") == {
        "db0": 0.0,
        "db1": 0.0,
        "db2": 1.0,
        "db3": 0.0,
    }
    assert of(result, "redis_db_avg_ttl_seconds") == {"db2": 1.5}


async def test_where_config_is_refused_there_is_the_first_and_what_holds_keys() -> None:
    reader = Recorded(info_text(db7="keys=1,expires=0,avg_ttl=0"), parameters=None)
    assert of(await ask(PROBE, reader), "redis_keys_total") == {"db0": 0.0, "db7": 1.0}


@pytest.mark.parametrize("pair", ["subexpiry=4", "keys_with_volatile_items=4"])
async def test_keys_with_expiring_fields(pair: str) -> None:
    result = await ask(PROBE, Recorded(info_text(db0=f"keys=9,expires=0,avg_ttl=0,{pair}")))
    assert of(result, "redis_db_keys_with_expiring_fields") == {"db0": 4.0}
    assert of(result, "redis_db_keys_cached") == {}


async def test_key_sizes_are_no_databases() -> None:
    reader = Recorded("# Keyspace\ndb0_distrib_strings_sizes:1=1\n")
    assert of(await ask(PROBE, reader), "redis_keys_total") == {"db0": 0.0}


async def restart(before: str, *after: str, seconds: float = 20.0) -> list[set[str]]:
    reader = Recorded(before)
    await ask(PROBE, reader)
    codes = []
    for reply in after:
        reader.text = reply
        reader.monotonic += seconds
        codes.append((await ask(PROBE, reader)).codes)
    return codes


LOST = {"RESTARTED_EMPTY"}


@pytest.mark.parametrize(
    ("before", "after", "codes"),
    [
        pytest.param(1000, 0, LOST, id="all keys"),
        pytest.param(1, 0, LOST, id="the only key"),
        pytest.param(1000, 99, LOST, id="nearly all keys"),
        pytest.param(1000, 100, set(), id="a tenth is left"),
        pytest.param(0, 0, set(), id="there were none"),
    ],
)
async def test_a_restart_without_data(before: int, after: int, codes: set[str]) -> None:
    assert await restart(text(before), text(after, run_id="b", uptime=3)) == [codes]


async def test_the_same_process_may_lose_its_keys() -> None:
    assert await restart(text(1000), text(0)) == [set()]


async def test_it_is_told_for_five_minutes() -> None:
    empty = text(0, run_id="b", uptime=3)
    codes = await restart(text(1000), empty, empty, empty, seconds=150.0)
    assert codes == [LOST, LOST, set()]


async def test_it_ends_when_the_keys_come_back() -> None:
    replies = (text(keys, run_id="b", uptime=3) for keys in (0, 499, 500))
    assert await restart(text(1000), *replies) == [LOST, LOST, set()]


@pytest.mark.parametrize(
    "unsettled",
    [{"loading": 1}, {"async_loading": 1}, {"role": "slave", "master_link_status": "down"}],
)
@pytest.mark.parametrize(("after", "codes"), [(1000, set()), (0, LOST)])
async def test_keys_that_are_on_their_way_are_not_lost(
    unsettled: dict[str, object], after: int, codes: set[str]
) -> None:
    base = {"run_id": "b", "uptime_in_seconds": 3, "role": "master"}
    on_their_way = info_text(**{**base, **unsettled})
    settled = text(after, run_id="b", uptime=23)
    assert await restart(text(1000), on_their_way, settled) == [set(), codes]


async def test_the_message_says_which_it_was() -> None:
    for uptime, words in ((3, "restarted without its data"), (90000, "another server answers")):
        reader = Recorded(text(1000))
        await ask(PROBE, reader)
        reader.text, reader.monotonic = text(0, run_id="b", uptime=uptime), 1020.0
        message = (await ask(PROBE, reader)).findings["RESTARTED_EMPTY"].message
        assert message.startswith("run_id changed (uptime ")
        assert "keys went 1000 -> 0" in message
        assert words in message


async def test_a_real_server_comes_back_empty(servers: Servers) -> None:
    server = servers(config={"enable-debug-command": "yes"})
    reader = Live(server=server)
    server.call("DEBUG", "POPULATE", 1000)
    result = await ask(PROBE, reader)
    assert of(result, "redis_keys_total")["db0"] == 1000.0
    server.kill()
    server.start()
    result = await ask(PROBE, reader)
    assert result.codes == LOST
    assert "keys went 1000 -> 0" in result.findings["RESTARTED_EMPTY"].message


async def test_every_server_has_sixteen_databases(any_server: RedisServer) -> None:
    any_server.call("SET", "key", "value", "PX", 60000)
    result = await ask(PROBE, Live(server=any_server))
    assert len(of(result, "redis_keys_total")) == 16
    assert of(result, "redis_keys_total")["db0"] == 1.0
    assert of(result, "redis_db_keys_expiring")["db0"] == 1.0


async def test_the_server_does_not_decide_how_many_databases_are_shown() -> None:
    text = info_text(db2000000="keys=1,expires=0,avg_ttl=0")
    reader = Recorded(text, parameters={"databases": "1" + "0" * 18})
    samples = (await ask(PROBE, reader)).samples
    shown = [labels[1] for labels in samples if labels[0] == "redis_keys_total"]
    assert len(shown) == 1025
    assert samples["redis_keys_total", "db2000000"] == 1


async def test_keys_whose_time_ran_out_meanwhile_are_not_lost() -> None:
    expired = "rdb_last_load_keys_expired:190\nexpired_keys:10\n"
    assert await restart(text(200), expired + text(0, run_id="b", uptime=3)) == [set()]


@pytest.mark.parametrize(
    ("expires", "ttl", "codes"),
    [
        pytest.param(1000, 5, set(), id="all may have died"),
        pytest.param(1000, 0, set(), id="nobody knows how long they had"),
        pytest.param(1000, 3600, LOST, id="they had an hour"),
        pytest.param(500, 5, LOST, id="half of them never die"),
    ],
)
async def test_a_server_that_does_not_count_what_it_leaves_out_while_loading(
    expires: int, ttl: int, codes: set[str]
) -> None:
    before = info_text(run_id="a", db0=f"keys=1000,expires={expires},avg_ttl={ttl * 1000}")
    assert await restart(before, text(0, run_id="b", uptime=3)) == [codes]


@pytest.mark.parametrize(("dead", "codes"), [(0, LOST), (1000, set())])
async def test_a_server_that_does(dead: int, codes: set[str]) -> None:
    before = info_text(run_id="a", db0="keys=1000,expires=1000,avg_ttl=5000")
    after = f"rdb_last_load_keys_expired:{dead}\n" + text(0, run_id="b", uptime=3)
    assert await restart(before, after) == [codes]


@pytest.mark.parametrize("kind", MATRIX)
@pytest.mark.parametrize(("seconds", "codes"), [("1", set()), ("3600", LOST)])
async def test_keys_that_expire_while_a_real_server_is_away(
    servers: Servers, kind: str, seconds: str, codes: set[str]
) -> None:
    server = servers(kind, config={"save": "3600 1"})
    for number in range(50):
        server.call("SET", f"key:{number}", "value", "EX", seconds)
    # The average is known only once the server has looked at some keys.
    assert poll(lambda: "avg_ttl=0" not in server.info("keyspace")["db0"], within=5.0)
    reader = Live(server=server)
    await ask(PROBE, reader)
    server.stop()
    if codes:
        (server.dir / "dump.rdb").unlink()
    await asyncio.sleep(1.2)
    server.start()
    assert (await ask(PROBE, reader)).codes == codes


def copy(keys: int, replid: str, **more: object) -> str:
    fields = {"role": "slave", "master_host": "h", "master_port": 6379, "run_id": "a", **more}
    databases = {"db0": f"keys={keys},expires=0,avg_ttl=0"} if keys else {}
    return info_text(**fields, master_replid=replid, **databases)


async def test_a_replica_that_takes_over_an_empty_set() -> None:
    reader = Recorded(copy(1000, "x"))
    await ask(PROBE, reader)
    told = []
    for reply in (copy(1000, "x", master_link_status="down"), copy(0, "y"), copy(500, "y")):
        reader.text = reply
        reader.monotonic += 5.0
        told.append((await ask(PROBE, reader)).findings)
    assert [set(each) for each in told] == [set(), LOST, set()]
    message = told[1]["RESTARTED_EMPTY"].message
    assert message == "a full sync and keys went 1000 -> 0: the primary h:6379 is without them"
    assert "REPLICAOF NO ONE" in told[1]["RESTARTED_EMPTY"].advice


@pytest.mark.parametrize(
    "after",
    [
        pytest.param(copy(0, "x"), id="somebody deleted them"),
        pytest.param(copy(999, "y"), id="the new primary has them"),
        pytest.param(text(0, run_id="a"), id="a replica that was promoted"),
        pytest.param(copy(0, "y", master_host="other"), id="it was given another primary"),
    ],
)
async def test_a_replica_that_loses_no_more_than_its_primary(after: str) -> None:
    assert await restart(copy(1000, "x"), after) == [set()]


async def test_a_primary_that_becomes_a_replica_takes_over_what_that_has() -> None:
    assert await restart(text(1000), copy(0, "y")) == [set()]


@pytest.mark.parametrize(("seconds", "codes"), [(20.0, LOST), (90.0, set())])
async def test_keys_of_a_replica_that_expire_are_lost_where_the_primary_was_away_shortly(
    seconds: float, codes: set[str]
) -> None:
    fields = {"role": "slave", "master_host": "h", "master_port": 6379, "run_id": "a"}
    # A replica does not look how long they have.
    before = info_text(**fields, master_replid="x", db0="keys=1000,expires=1000,avg_ttl=0")
    assert await restart(before, copy(0, "y"), seconds=seconds) == [codes]


async def test_a_replica_that_was_restarted_beside_its_empty_primary() -> None:
    reader = Recorded(copy(1000, "x"))
    await ask(PROBE, reader)
    reader.text, reader.monotonic = copy(0, "y", run_id="b", uptime_in_seconds=2), 1020.0
    finding = (await ask(PROBE, reader)).findings["RESTARTED_EMPTY"]
    assert finding.message == (
        "this replica was restarted and keys went 1000 -> 0: the primary h:6379 is without them"
    )

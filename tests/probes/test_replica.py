"""A replica's link to its primary."""

from __future__ import annotations

import pytest

from redis_health.model import Capability, ProbeOptions
from redis_health.probes import persistence
from redis_health.probes.replication import PROBE
from tests.conftest import Servers
from tests.ports import free_port, poll
from tests.probes.readers import Live, Recorded, ask, info_text
from tests.servers import RedisServer

READ = {Capability.READ}
SERVICE = {Capability.READ, Capability.WRITE}
STALE = {"replica-serve-stale-data": "yes"}
STRICT = {"replica-serve-stale-data": "no"}


def text(**more: object) -> str:
    fields: dict[str, object] = {
        "role": "slave",
        "master_host": "10.0.0.1",
        "master_port": 6379,
        "master_link_status": "down",
        "master_last_io_seconds_ago": -1,
        "master_sync_in_progress": 0,
        "master_link_down_since_seconds": 12,
        "slave_read_only": 1,
        "slave_repl_offset": 42,
    }
    return info_text(**{**fields, **more})


@pytest.mark.parametrize(
    ("fields", "parameters", "code", "lost", "message"),
    [
        pytest.param(
            {},
            STALE,
            "LINK_DOWN_STALE",
            set(),
            "link to primary 10.0.0.1:6379 down for 12s; serving stale data",
            id="stale",
        ),
        pytest.param(
            {},
            STRICT,
            "MASTERDOWN",
            READ,
            "link to primary 10.0.0.1:6379 down;"
            " replica refuses reads (replica-serve-stale-data no)",
            id="refuses stale reads",
        ),
        pytest.param(
            {"master_link_down_since_seconds": -1},
            STRICT,
            "NEVER_SYNCED",
            READ,
            "never synchronised with its primary 10.0.0.1:6379 (master_link_down_since_seconds=-1)",
            id="never synced",
        ),
        pytest.param(
            {"master_link_down_since_seconds": 1_795_381_248},
            STALE,
            "NEVER_SYNCED",
            READ,
            "never synchronised with its primary 10.0.0.1:6379"
            " (master_link_down_since_seconds=1795381248)",
            id="never synced, before 6.2.2",
        ),
        pytest.param(
            {"master_sync_in_progress": 1, "master_link_down_since_seconds": -1},
            STALE,
            "SYNCING",
            SERVICE,
            "full sync from primary 10.0.0.1:6379 in progress; reads are not current until it ends",
            id="syncing",
        ),
        pytest.param(
            {
                "master_sync_in_progress": 1,
                "master_sync_total_bytes": 4 * 1024**2,
                "master_sync_read_bytes": 1024**2,
            },
            STALE,
            "SYNCING",
            SERVICE,
            "full sync from primary 10.0.0.1:6379 in progress, 1.00/4.00 MiB received;"
            " reads are not current until it ends",
            id="syncing from a file",
        ),
        pytest.param(
            {
                "master_sync_in_progress": 1,
                "master_sync_total_bytes": 0,
                "master_sync_read_bytes": 2048,
            },
            STALE,
            "SYNCING",
            SERVICE,
            "full sync from primary 10.0.0.1:6379 in progress, 2.00 KiB received;"
            " reads are not current until it ends",
            id="syncing diskless",
        ),
        pytest.param(
            {"master_sync_in_progress": 1, "loading": 1, "loading_loaded_perc": 34.26},
            STALE,
            "SYNCING",
            SERVICE,
            "full sync from primary 10.0.0.1:6379 in progress, 34.3% loaded;"
            " reads are not current until it ends",
            id="loading what it received",
        ),
    ],
)
async def test_what_is_wrong(
    fields: dict[str, object],
    parameters: dict[str, str],
    code: str,
    lost: set[Capability],
    message: str,
) -> None:
    replies = {"INFO replication": text(**fields).encode()}
    reader = Recorded(text(**fields), parameters=parameters, replies=replies)
    result = await ask(PROBE, reader)
    assert result.codes == {code}
    assert result.findings[code].lost == lost
    assert result.findings[code].message == message


@pytest.mark.parametrize(
    ("fields", "parameters", "codes"),
    [
        pytest.param({"async_loading": 1, "master_sync_in_progress": 1}, STALE, set(), id="async"),
        pytest.param(
            {"async_loading": 1, "master_sync_in_progress": 1},
            STRICT,
            {"MASTERDOWN"},
            id="async, refuses stale reads",
        ),
        pytest.param({"loading": 1}, STALE, set(), id="reads its own file first"),
        pytest.param({"master_link_status": "up"}, STRICT, set(), id="link up"),
        pytest.param({}, None, {"LINK_DOWN_STALE"}, id="CONFIG refused"),
    ],
)
async def test_what_others_tell(
    fields: dict[str, object], parameters: dict[str, str] | None, codes: set[str]
) -> None:
    assert (await ask(PROBE, Recorded(text(**fields), parameters=parameters))).codes == codes


async def test_the_age_of_stale_data_costs_reads() -> None:
    result = await ask(PROBE, Recorded(text(master_link_down_since_seconds=61)))
    reading = result.readings["replica_max_stale"]
    assert reading.value == 61.0
    assert reading.threshold.enter == 60.0
    assert reading.threshold.condition.lost == READ


async def test_a_silent_primary() -> None:
    fields = {"master_link_status": "up", "master_last_io_seconds_ago": 22}
    result = await ask(PROBE, Recorded(text(**fields)))
    reading = result.readings["primary_silence"]
    assert reading.value == 22.0
    assert reading.message == "primary 10.0.0.1:6379 silent for 22s although link says up"


async def test_config_is_asked_only_while_the_link_is_down() -> None:
    reader = Recorded(text(master_link_status="up"))
    await ask(PROBE, reader)
    assert reader.asked == []
    reader.text = text()
    await ask(PROBE, reader)
    assert reader.asked == ["config 1"]


async def test_an_attempt_that_is_refused_at_once_is_no_synchronisation() -> None:
    fields = {"master_sync_in_progress": 1, "master_link_down_since_seconds": -1}
    over = text(**{**fields, "master_sync_in_progress": 0}).encode()
    reader = Recorded(text(**fields), parameters=STALE, replies={"INFO replication": over})
    assert (await ask(PROBE, reader)).codes == {"NEVER_SYNCED"}


async def test_data_are_as_old_as_the_last_word_of_the_primary() -> None:
    reader = Recorded(text(master_link_status="up", master_last_io_seconds_ago=57))
    await ask(PROBE, reader)
    reader.text = text(master_link_down_since_seconds=4)
    reader.monotonic += 5
    result = await ask(PROBE, reader)
    assert result.readings["replica_max_stale"].value == 62.0
    assert result.findings["LINK_DOWN_STALE"].message == (
        "link to primary 10.0.0.1:6379 down for 4s; serving stale data of 62s ago"
    )


async def test_facts_and_samples() -> None:
    fields = {"master_sync_in_progress": 1, "master_sync_perc": 25, "master_sync_total_bytes": 8}
    reader = Recorded(text(**fields), replies={"INFO replication": text(**fields).encode()})
    result = await ask(PROBE, reader)
    assert result.facts == {"role": "slave", "run_id": None, "syncing": True}
    primary = ("10.0.0.1", "6379")
    expected = {
        ("redis_master_link_up", *primary): 0.0,
        ("redis_master_link_down_since_seconds", *primary): 12.0,
        ("redis_master_sync_ratio", *primary): 0.25,
        ("redis_slave_info", *primary, "1"): 1.0,
        ("redis_slave_repl_offset", *primary): 42.0,
    }
    assert expected.items() <= result.samples.items()


async def test_a_sync_of_unknown_size_has_no_ratio() -> None:
    fields = {"master_sync_perc": "-0.00", "master_sync_total_bytes": -1}
    names = {key[0] for key in (await ask(PROBE, Recorded(text(**fields)))).samples}
    assert not {"redis_master_sync_ratio", "redis_master_sync_expected_bytes"} & names
    assert "redis_master_sync_in_progress" in names


async def test_a_replica_that_should_be_the_primary() -> None:
    reader = Recorded(text(master_link_status="up"), options=ProbeOptions(expect_role="master"))
    finding = (await ask(PROBE, reader)).findings["ROLE_MISMATCH"]
    assert finding.lost == {Capability.ROLE}
    assert finding.message == (
        "expected a primary, this is a replica of 10.0.0.1:6379: writes fail READONLY"
    )


async def test_a_real_replica_that_serves_while_it_loads(servers: Servers) -> None:
    primary = servers(config={"enable-debug-command": "yes", "repl-backlog-size": "16kb"})
    primary.call("DEBUG", "POPULATE", 20000)
    replica = servers(
        config={
            "loading-process-events-interval-bytes": 1024,
            "repl-diskless-load": "swapdb",
            "replicaof": f"127.0.0.1 {primary.port}",
        }
    )
    assert poll(lambda: replica.info()["master_link_status"] == "up", within=15)
    primary.call("CONFIG", "SET", "rdb-key-save-delay", 200)
    with replica.frozen():
        # More than the backlog holds, so that only a full sync brings it up to date again.
        primary.call("CLIENT", "KILL", "TYPE", "replica")
        primary.call("SET", "key", "x" * 100_000)
    assert poll(lambda: replica.info()["async_loading"] == "1", within=15)
    result = await ask(PROBE, Live(server=replica))
    assert result.codes == set()
    assert result.readings == {}
    assert (await ask(persistence.PROBE, Live(server=replica))).codes == {"ASYNC_LOADING"}


async def test_a_real_replica_that_never_synced(any_server: RedisServer) -> None:
    any_server.call("REPLICAOF", "127.0.0.1", free_port())
    assert (await ask(PROBE, Live(server=any_server))).codes == {"NEVER_SYNCED"}


async def test_a_real_link_goes_up_and_down(servers: Servers) -> None:
    primary = servers()
    replica = servers(config={"replicaof": f"127.0.0.1 {primary.port}"})
    reader = Live(server=replica)
    assert poll(lambda: replica.info()["master_link_status"] == "up", within=15)
    result = await ask(PROBE, reader)
    assert result.codes == set()
    assert result.readings["primary_silence"].value < 20
    assert result.samples["redis_master_link_up", "127.0.0.1", str(primary.port)] == 1.0
    primary.kill()
    assert poll(lambda: replica.info()["master_link_status"] == "down", within=10)
    result = await ask(PROBE, reader)
    assert result.codes == {"LINK_DOWN_STALE"}
    assert 0 <= result.readings["replica_max_stale"].value < 60
    replica.call("CONFIG", "SET", "replica-serve-stale-data", "no")
    assert (await ask(PROBE, reader)).codes == {"MASTERDOWN"}

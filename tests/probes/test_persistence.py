"""Loading, saving, and what of it fails."""

from __future__ import annotations

import pytest

from redis_health.model import Capability
from redis_health.probes.persistence import PROBE
from tests.conftest import Servers
from tests.ports import poll
from tests.probes.readers import Live, Recorded, ask, info_text
from tests.servers import RedisServer

FINE = {
    "loading": 0,
    "rdb_changes_since_last_save": 0,
    "rdb_last_save_time": 1_800_000_000,
    "rdb_last_bgsave_status": "ok",
    "aof_enabled": 0,
    "aof_last_bgrewrite_status": "ok",
    "aof_last_write_status": "ok",
}
DURABILITY = {Capability.DURABILITY}
SERVICE = {Capability.READ, Capability.WRITE}


def text(**more: object) -> str:
    return info_text(**{**FINE, **more})


@pytest.mark.parametrize(
    ("fields", "code", "lost", "message"),
    [
        (
            {"loading": 1, "loading_loaded_perc": "6.84", "loading_eta_seconds": 13},
            "LOADING",
            SERVICE,
            "loading dataset 6.8%, about 13s left",
        ),
        ({"loading": 1, "loading_loaded_perc": "-nan"}, "LOADING", SERVICE, "loading dataset"),
        (
            {"async_loading": 1},
            "ASYNC_LOADING",
            set(),
            "serving the old data set while loading a new one",
        ),
        (
            {"rdb_last_bgsave_status": "err", "rdb_changes_since_last_save": 1},
            "BGSAVE_ERR",
            DURABILITY,
            "last RDB save failed; 1 change unsaved since 08:00:00 UTC",
        ),
        (
            {"aof_enabled": 1, "aof_last_write_status": "err"},
            "AOF_ERR",
            DURABILITY,
            "last write to the AOF failed; the newest changes are not on disk",
        ),
        (
            {
                "aof_enabled": 1,
                "aof_last_bgrewrite_status": "err",
                "aof_rewrites_consecutive_failures": 3,
            },
            "AOF_REWRITE_ERR",
            DURABILITY,
            "last AOF rewrite failed (3 in a row); the file keeps growing",
        ),
    ],
)
async def test_conditions(
    fields: dict[str, object], code: str, lost: set[Capability], message: str
) -> None:
    result = await ask(PROBE, Recorded(text(**fields)))
    assert result.codes == {code}
    assert result.findings[code].lost == lost
    assert result.findings[code].message == message


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({}, id="all fine"),
        pytest.param({"aof_last_write_status": "err"}, id="AOF was switched off since"),
        pytest.param({"aof_last_bgrewrite_status": "err"}, id="AOF is off"),
        pytest.param({"rdb_changes_since_last_save": 10**6}, id="unsaved changes"),
    ],
)
async def test_no_conditions(fields: dict[str, object]) -> None:
    assert (await ask(PROBE, Recorded(text(**fields)))).codes == set()


@pytest.mark.parametrize(
    ("parameters", "fields", "series"),
    [
        ({"save": "3600 1"}, {}, {"rdb": 1.0}),
        ({"save": ""}, {}, {}),
        (None, {}, {"rdb": 1.0}),
        ({"save": "3600 1"}, {"rdb_last_bgsave_status": "err"}, {"rdb": 0.0}),
        ({"save": ""}, {"aof_enabled": 1}, {"aof": 1.0}),
        ({"save": ""}, {"aof_enabled": 1, "aof_last_write_status": "err"}, {"aof": 0.0}),
        ({"save": "60 1"}, {"aof_enabled": 1}, {"rdb": 1.0, "aof": 1.0}),
    ],
)
async def test_the_status_has_a_series_for_what_is_on(
    parameters: dict[str, str] | None, fields: dict[str, object], series: dict[str, float]
) -> None:
    result = await ask(PROBE, Recorded(text(**fields), parameters=parameters))
    found = {
        labels[0]: value
        for (name, *labels), value in result.samples.items()
        if name == "redis_persistence_status"
    }
    assert found == series


@pytest.mark.parametrize(
    ("fields", "age"),
    [
        ({"rdb_changes_since_last_save": 120000}, 10800.0),
        ({"rdb_changes_since_last_save": 0}, None),
        ({"rdb_changes_since_last_save": 1, "aof_enabled": 1}, None),
    ],
)
async def test_the_age_of_unsaved_changes(fields: dict[str, object], age: float | None) -> None:
    reader = Recorded(text(**fields), epoch=1_800_000_000 + 10800.0)
    reading = (await ask(PROBE, reader)).readings.get("unsaved_age")
    assert (reading and reading.value) == age
    if reading is not None:
        assert reading.message == "120000 changes not saved for 3h"
        assert reading.threshold.enter is None


async def test_the_age_is_by_the_servers_clock() -> None:
    fields = {"rdb_changes_since_last_save": 1, "server_time_usec": 1_800_000_060_000_000}
    reader = Recorded(text(**fields), epoch=1_900_000_000.0)
    assert (await ask(PROBE, reader)).readings["unsaved_age"].value == 60.0


async def test_a_real_save_fails_and_succeeds_again(servers: Servers) -> None:
    server = servers(config={"save": "'3600 100000'"})
    reader = Live(server=server)
    server.call("SET", "key", "value")
    obstacle = server.dir / "dump.rdb"
    obstacle.mkdir()
    server.call("BGSAVE")
    assert poll(lambda: server.info()["rdb_last_bgsave_status"] == "err", within=10)
    result = await ask(PROBE, reader)
    assert result.codes == {"BGSAVE_ERR"}
    assert result.findings["BGSAVE_ERR"].message.startswith("last RDB save failed; 1 change")
    assert result.samples["redis_persistence_status", "rdb"] == 0.0
    obstacle.rmdir()
    server.call("BGSAVE")
    assert poll(lambda: server.info()["rdb_last_bgsave_status"] == "ok", within=10)
    assert (await ask(PROBE, reader)).codes == set()


async def test_a_real_server_loads(servers: Servers) -> None:
    server = servers(config={"enable-debug-command": "yes"})
    server.call("DEBUG", "POPULATE", 20000)
    server.call("SAVE")
    server.kill()
    slow = ["--key-load-delay", "200", "--loading-process-events-interval-bytes", "1024"]
    again = RedisServer(server.kind.name, *slow, port=server.port)
    again.dir.rmdir()
    again.dir, again.socket_path = server.dir, server.socket_path
    again.log_path = server.log_path
    with again.start(ready=False):
        assert poll(lambda: _loads(again), within=10)
        result = await ask(PROBE, Live(server=again))
    assert result.codes == {"LOADING"}
    assert result.findings["LOADING"].message.startswith("loading dataset ")
    assert 0 <= float(str(result.samples["redis_loading_loaded_ratio",])) <= 1


def _loads(server: RedisServer) -> bool:
    try:
        return server.info()["loading"] == "1"
    except OSError:
        return False


async def test_a_fresh_server_of_every_kind_is_fine(any_server: RedisServer) -> None:
    result = await ask(PROBE, Live(server=any_server))
    assert result.codes == set()
    assert ("redis_persistence_status", "rdb") not in result.samples


async def test_writes_that_an_fsync_held_up_are_told_for_a_minute() -> None:
    reader = Recorded(text(aof_delayed_fsync=7, run_id="a"))
    told = []
    for delayed, run_id in (
        (7, "a"),
        (8, "a"),
        (8, "a"),
        (10, "a"),
        (10, "a"),
        (10, "a"),
        (20, "b"),
    ):
        reader.text = text(aof_delayed_fsync=delayed, run_id=run_id)
        reader.monotonic += 40.0
        result = await ask(PROBE, reader)
        found = result.findings.get("AOF_FSYNC_SLOW")
        told.append(found.message.removeprefix("the AOF's fsync held up writes ") if found else "")
    assert told == [
        "",
        "1 time, last 0s ago",
        "1 time, last 40s ago",
        "2 times, last 0s ago",
        "2 times, last 40s ago",
        "",
        "",
    ]


async def test_a_delay_of_long_ago_is_no_news_when_the_aof_is_on_again() -> None:
    off, on = text(), text(aof_delayed_fsync=7)
    for replies in ((on, off, off, on), (off, on)):
        reader = Recorded(on)
        for reply in replies:
            reader.text = reply
            reader.monotonic += 5.0
            assert (await ask(PROBE, reader)).codes == set()

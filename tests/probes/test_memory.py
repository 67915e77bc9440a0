"""Memory: full, nearly full, fragmented, swapped."""

from __future__ import annotations

import pytest

from redis_health.model import Capability
from redis_health.probes.memory import PROBE
from tests.conftest import Servers
from tests.probes.readers import Live, Recorded, Round, ask, info_text
from tests.resp import ReplyError
from tests.servers import RedisServer

MIB = 1024 * 1024


def text(used: float, /, **more: object) -> str:
    """INFO of a primary that uses so many MiB of its 100."""
    fields: dict[str, object] = {
        "role": "master",
        "run_id": "a",
        "used_memory": int(used * MIB),
        "maxmemory": 100 * MIB,
        "maxmemory_policy": "noeviction",
    }
    return info_text(**{**fields, **more})


async def once(used: float, /, **more: object) -> Round:
    return await ask(PROBE, Recorded(text(used, **more)))


async def test_full_and_unable_to_evict() -> None:
    result = await once(102.5)
    finding = result.findings["OOM"]
    assert finding.lost == {Capability.WRITE}
    assert finding.message == (
        "memory full: 102.50/100.00 MiB and policy noeviction"
        " - writes fail with OOM; reads and DEL work"
    )
    assert result.readings == {}


@pytest.mark.parametrize(
    ("used", "more", "codes"),
    [
        pytest.param(100, {}, {"OOM"}, id="at the limit"),
        pytest.param(99.9, {}, set(), id="below the limit"),
        pytest.param(101, {"mem_not_counted_for_evict": 2 * MIB}, set(), id="buffers do not count"),
        pytest.param(101, {"role": "slave"}, set(), id="a replica ignores maxmemory"),
        pytest.param(101, {"maxmemory": 0}, set(), id="no limit"),
        pytest.param(
            101, {"maxmemory_policy": "allkeys-lru", "db0": "keys=9"}, set(), id="a full cache"
        ),
        pytest.param(101, {"maxmemory_policy": "allkeys-lru"}, {"OOM"}, id="nothing to evict"),
        pytest.param(101, {"maxmemory_policy": "volatile-ttl"}, {"OOM"}, id="nothing volatile"),
        pytest.param(
            101,
            {"maxmemory_policy": "volatile-ttl", "db3": "keys=9,expires=1,avg_ttl=0"},
            set(),
            id="something volatile",
        ),
    ],
)
async def test_what_is_full(used: float, more: dict[str, object], codes: set[str]) -> None:
    assert (await once(used, **more)).codes == codes


@pytest.mark.parametrize(
    ("used", "policy", "codes"),
    [
        (98, "noeviction", {"OOM"}),
        (97.9, "noeviction", set()),
        (98, "allkeys-lru", set()),
        (100, "allkeys-lru", {"OOM"}),
    ],
)
async def test_new_errors_of_clients_prove_it(used: float, policy: str, codes: set[str]) -> None:
    fields = {"maxmemory_policy": policy, "db0": "keys=9"}
    reader = Recorded(text(50, errorstat_OOM="count=4", **fields))
    await ask(PROBE, reader)
    reader.text = text(used, errorstat_OOM="count=5", **fields)
    reader.monotonic += 5
    assert (await ask(PROBE, reader)).codes == codes


async def test_a_cache_that_cannot_evict_stays_full_between_the_writes_of_a_client() -> None:
    fields = {"maxmemory_policy": "allkeys-lru", "db0": "keys=9"}
    reader = Recorded(text(101, errorstat_OOM="count=4", **fields))
    assert (await ask(PROBE, reader)).codes == set()
    reader.text = text(101, errorstat_OOM="count=5", **fields)
    for after, codes in ((5, {"OOM"}), (30, {"OOM"}), (35, set())):
        reader.monotonic += after
        assert (await ask(PROBE, reader)).codes == codes


async def test_old_errors_prove_nothing() -> None:
    assert (await once(99, errorstat_OOM="count=5")).codes == set()


async def test_full_ends_below_99_percent_without_new_errors() -> None:
    reader = Recorded(text(101, errorstat_OOM="count=1"))
    assert (await ask(PROBE, reader)).codes == {"OOM"}
    for used, errors, codes in ((99, 1, {"OOM"}), (98.9, 2, {"OOM"}), (98.9, 2, set())):
        reader.text = text(used, errorstat_OOM=f"count={errors}")
        reader.monotonic += 5
        assert (await ask(PROBE, reader)).codes == codes


async def test_a_restart_forgets() -> None:
    reader = Recorded(text(101, errorstat_OOM="count=1"))
    await ask(PROBE, reader)
    reader.text = text(99, errorstat_OOM="count=2", run_id="b")
    assert (await ask(PROBE, reader)).codes == set()


async def test_the_ratio_and_its_forecast() -> None:
    reader = Recorded(text(86))
    await ask(PROBE, reader)
    reader.text, reader.monotonic = text(92), 1005.0
    reading = (await ask(PROBE, reader)).readings["memory_ratio"]
    assert reading.value == pytest.approx(0.92)
    assert reading.message == (
        "memory 92% (92.00/100.00 MiB, policy noeviction);"
        " at the current +1.20 MiB/s writes fail in about 7s"
    )


@pytest.mark.parametrize("before", [92, 95, 91.9999])
async def test_no_forecast_without_growth_that_matters(before: float) -> None:
    reader = Recorded(text(before))
    await ask(PROBE, reader)
    reader.text, reader.monotonic = text(92), 1_000_000.0
    assert "fail in" not in (await ask(PROBE, reader)).readings["memory_ratio"].message


async def test_growth_is_smoothed() -> None:
    reader = Recorded(text(50))
    rates = []
    for used in (50, 51, 61):
        reader.text = text(used)
        reader.monotonic += 1
        rates.append((await ask(PROBE, reader)).facts["rate"])
    assert rates == [None, pytest.approx(1.0 * MIB), pytest.approx((1 + 0.3 * 9) * MIB)]


async def test_an_evicting_cache_has_no_ratio() -> None:
    assert (await once(99, maxmemory_policy="allkeys-lfu", db0="keys=9")).readings == {}


def fragmented(ratio: float, /, **more: object) -> str:
    """INFO of a process that takes so many times its 100 MiB of data."""
    extra = int((ratio - 1) * 100 * MIB)
    fields: dict[str, object] = {
        "used_memory_rss": 100 * MIB + extra,
        "mem_fragmentation_ratio": ratio,
        "mem_fragmentation_bytes": extra,
        "maxmemory": 0,
    }
    return text(100, **{**fields, **more})


async def ratios(*texts: str) -> list[float | None]:
    """What rounds of 5 s read, None for those that read nothing."""
    reader = Recorded()
    result: list[float | None] = []
    for reader.text in texts:
        reading = (await ask(PROBE, reader)).readings.get("fragmentation_ratio")
        result.append(reading.value if reading else None)
        reader.monotonic += 5
    return result


async def test_fragmentation_that_lasts() -> None:
    reader = Recorded(fragmented(3.5))
    for _ in range(2):
        assert "fragmentation_ratio" not in (await ask(PROBE, reader)).readings
        reader.monotonic += 5
    reader.text = fragmented(4.0)
    reading = (await ask(PROBE, reader)).readings["fragmentation_ratio"]
    assert reading.value == 3.5
    assert reading.message == (
        "fragmentation ratio of at least 3.50 for 10s: 400.00 MiB resident for 100.00 MiB of data,"
        " 300.00 MiB lost"
    )


async def test_memory_that_a_flush_freed_and_the_allocator_keeps_for_a_while() -> None:
    # A server whose overhead always exceeds 100 MiB, at a ratio that is fine.
    usual, flushed = fragmented(1.2, mem_fragmentation_bytes=200 * MIB), fragmented(9)
    assert await ratios(*[usual] * 7, *[flushed] * 2, usual) == [*[None] * 2, *[1.2] * 8]
    assert await ratios(*[usual] * 7, *[flushed] * 3) == [*[None] * 2, *[1.2] * 7, 9]


@pytest.mark.parametrize(
    "between",
    [
        pytest.param({"mem_fragmentation_bytes": 100 * MIB}, id="an overhead that is small"),
        pytest.param({"loading": 1}, id="loading"),
        pytest.param({"run_id": "b"}, id="a restart"),
    ],
)
async def test_fragmentation_begins_anew_after(between: dict[str, object]) -> None:
    rounds = [*[fragmented(3)] * 8, fragmented(3, **between), *[fragmented(3)] * 6]
    assert await ratios(*rounds) == [*[None] * 2, *[3] * 6, *[None] * 3, *[3] * 4]


async def test_fragmentation_of_an_empty_server_is_ignored() -> None:
    empty = text(
        0.9,
        used_memory_rss=6 * MIB,
        mem_fragmentation_ratio=13.34,
        mem_fragmentation_bytes=5 * MIB,
    )
    assert await ratios(*[empty] * 8) == [None] * 8


@pytest.mark.parametrize(("used", "ratio"), [(200, 0.5), (100, None)])
async def test_swapping_of_a_small_server_is_ignored(used: float, ratio: float | None) -> None:
    result = await once(used, maxmemory=4000 * MIB, used_memory_rss=100 * MIB)
    reading = result.readings.get("resident_ratio")
    assert (reading and reading.value) == ratio


async def test_a_backlog_that_nobody_has_written_to_is_not_swapped() -> None:
    more = {"used_memory_rss": 10 * MIB, "mem_replication_backlog": 300 * MIB}
    result = await once(304, maxmemory=4000 * MIB, **more)
    assert "resident_ratio" not in result.readings


async def test_a_real_server_fills_up_and_is_emptied(servers: Servers) -> None:
    server = servers(config={"maxmemory": "4mb"})
    reader = Live(server=server)
    assert (await ask(PROBE, reader)).codes == set()
    with pytest.raises(ReplyError, match="OOM"):
        _fill(server)
    assert (await ask(PROBE, reader)).codes == {"OOM"}
    server.call("CONFIG", "SET", "maxmemory-policy", "allkeys-lru")
    server.call("SET", "another", "x" * 100_000)
    assert (await ask(PROBE, reader)).codes == set()
    server.call("CONFIG", "SET", "maxmemory-policy", "noeviction")
    server.call("FLUSHALL", "SYNC")
    assert (await ask(PROBE, reader)).codes == set()


def _fill(server: RedisServer) -> None:
    for index in range(1000):
        server.call("SET", f"key{index}", "x" * 10_000)


async def test_a_fresh_server_of_every_kind_is_fine(any_server: RedisServer) -> None:
    result = await ask(PROBE, Live(server=any_server))
    assert result.codes == set()
    assert set(result.readings) == {"host_memory_ratio"}
    assert 0 < result.readings["host_memory_ratio"].value < 0.5
    names = {name for name, *_ in result.samples}
    assert {"redis_memory_used_bytes", "redis_memory_peak_bytes"} <= names


async def test_the_memory_of_the_host() -> None:
    gib = 1024**3
    text = info_text(role="slave", used_memory_rss=9 * gib, total_system_memory=10 * gib)
    reading = (await ask(PROBE, Recorded(text))).readings["host_memory_ratio"]
    assert reading.value == 0.9
    assert reading.message == ("9.00/10.00 GiB of the host's memory are taken by the server")
    for unknown in ({}, {"total_system_memory": 0}):
        result = await ask(PROBE, Recorded(info_text(used_memory_rss=1, **unknown)))
        assert "host_memory_ratio" not in result.readings

"""INFO stats, CPU, errorstats, commandstats and latencystats."""

from __future__ import annotations

import contextlib

from redis_health.model import Summary
from redis_health.probes import commands, stats
from tests.probes.readers import Live, Recorded, ask, info_text
from tests.resp import ReplyError
from tests.servers import RedisServer


async def test_errors_by_name() -> None:
    text = info_text(errorstat_ERR="count=4", errorstat_WRONGTYPE="count=1", errorstat_X="junk")
    result = await ask(stats.PROBE, Recorded(text))
    assert result.samples == {
        ("redis_errors_total", "ERR"): 4.0,
        ("redis_errors_total", "WRONGTYPE"): 1.0,
    }


async def test_threads_by_number() -> None:
    fields = {"used_active_time_main_thread": 2.5, "used_active_time_io_thread_1": 0.5}
    result = await ask(stats.PROBE, Recorded(info_text(**fields)))
    assert result.samples == {
        ("redis_active_time_main_thread_seconds_total",): 2.5,
        ("redis_active_time_io_thread_seconds_total", "1"): 0.5,
    }


async def test_kilobytes_become_bytes() -> None:
    result = await ask(stats.PROBE, Recorded("instantaneous_input_kbps:0.50\n"))
    assert result.samples == {("redis_instantaneous_input_bytes_per_second",): 512.0}


COMMANDSTATS = {
    "cmdstat_config|get": "calls=2,usec=35,usec_per_call=17.50,rejected_calls=1,failed_calls=3",
    "latency_percentiles_usec_config|get": "p50=14.015,p99=21.119,p99.9=21.119",
}


async def test_commands() -> None:
    result = await ask(commands.PROBE, Recorded(info_text(**COMMANDSTATS)))
    assert result.samples == {
        ("redis_commands_total", "config|get"): 2.0,
        ("redis_commands_duration_seconds_total", "config|get"): 3.5e-05,
        ("redis_commands_rejected_calls_total", "config|get"): 1.0,
        ("redis_commands_failed_calls_total", "config|get"): 3.0,
        ("redis_latency_percentiles_usec", "config|get"): Summary(
            ((50.0, 14.015), (99.0, 21.119), (99.9, 21.119)), count=2.0, sum=35.0
        ),
    }


async def test_servers_before_6_2_say_less() -> None:
    text = info_text(cmdstat_get="calls=2,usec=35,usec_per_call=17.50")
    result = await ask(commands.PROBE, Recorded(text))
    assert {name for name, _ in result.samples} == {
        "redis_commands_total",
        "redis_commands_duration_seconds_total",
    }


async def test_percentiles_need_their_command() -> None:
    text = info_text(latency_percentiles_usec_get="p50=1.0")
    assert (await ask(commands.PROBE, Recorded(text))).samples == {}


async def test_every_server(any_server: RedisServer) -> None:
    any_server.call("SET", "key", "value")
    with contextlib.suppress(ReplyError):
        any_server.call("LPUSH", "key", "value")
    reader = Live(server=any_server)
    done = await ask(stats.PROBE, reader)
    assert done.samples["redis_errors_total", "WRONGTYPE"] == 1.0
    assert "redis_cpu_user_seconds_total" in {name for name, *_ in done.samples}
    by_command = await ask(commands.PROBE, reader)
    assert by_command.samples["redis_commands_total", "set"] == 1.0
    assert by_command.samples["redis_commands_failed_calls_total", "lpush"] == 1.0
    has_percentiles = ("redis_latency_percentiles_usec", "set") in by_command.samples
    assert has_percentiles is not any_server.kind.name.startswith("redis-6")

"""SLOWLOG: the culprit's name, and nothing of its arguments."""

from __future__ import annotations

import pytest

from redis_health.errors import Unavailable
from redis_health.model import Reading
from redis_health.probes.slowlog import PROBE, SLOW_COMMAND
from tests.conftest import Servers
from tests.probes.readers import Live, Recorded, Round, ask, info_text
from tests.servers import RedisServer

NOW = 1_800_000_000
INFO = info_text(server_time_usec=NOW * 1_000_000)


def entry(seconds: float, *words: object, ago: int = 14, number: int = 7) -> list[object]:
    return [number, NOW - ago, round(seconds * 1e6), list(words), "127.0.0.1:5000", ""]


async def once(*entries: object, epoch: float = 0.0) -> Round:
    replies = {"SLOWLOG LEN": len(entries), "SLOWLOG GET 10": list(entries)}
    return await ask(PROBE, Recorded(INFO, replies=replies, epoch=epoch))


def reading(result: Round) -> Reading:
    return result.readings["slow_command"]


async def test_the_longest_of_the_last_minute() -> None:
    result = await once(
        entry(0.02, "GET", "key", number=9),
        entry(2.0, "debug", "sleep", "2", number=8),
        entry(9.0, "KEYS", "*", ago=61),
    )
    assert reading(result).value == 2.0
    assert reading(result).message == "DEBUG SLEEP took 2.0 s 14s ago and blocked the server"
    assert result.samples == {
        ("redis_slowlog_length",): 3.0,
        ("redis_slowlog_last_id",): 9.0,
        ("redis_last_slow_execution_duration_seconds",): 0.02,
        ("redis_slowlog_duration_seconds_total", "other"): 0.0,
    }


@pytest.mark.parametrize(
    "entries",
    [
        [],
        [entry(9.0, "KEYS", "*", ago=61)],
        # A server that was stopped while it answered us.
        [[*entry(9.0, "LATENCY", "HISTOGRAM")[:5], "redis-health"]],
        # The server's clock has been set back by an hour since.
        [entry(9.0, "KEYS", "*", ago=-3600)],
    ],
)
async def test_nothing_of_the_last_minute(entries: list[object]) -> None:
    assert reading(await once(*entries)).value == 0.0


async def test_ages_are_by_the_servers_clock() -> None:
    assert reading(await once(entry(2.0, "KEYS", "*"), epoch=NOW + 9999.0)).value == 2.0


@pytest.mark.parametrize(
    ("words", "name"),
    [
        (["SET", "session:4711", "hunter2"], "SET"),
        (["AUTH", "hunter2"], "AUTH"),
        ([b"config", b"set", b"requirepass", b"hunter2"], "CONFIG SET"),
        (["JSON.GET", "hunter2"], "JSON.GET"),
        (["CLIENT", "hunter 2"], "CLIENT"),
        (["DEBUG"], "DEBUG"),
        (["hunter\n2"], "a command"),
        ([], "a command"),
    ],
)
async def test_no_argument_is_told(words: list[object], name: str) -> None:
    message = reading(await once(entry(2.0, *words))).message
    assert message.startswith(f"{name} took 2.0 s")
    assert "hunter" not in message


@pytest.mark.parametrize("junk", ["junk", [1, 2], [None, 1, 1, []], 5])
async def test_junk_is_left_out(junk: object) -> None:
    assert reading(await once(junk, entry(1.0, "KEYS", "*"))).value == SLOW_COMMAND.enter == 1.0


async def test_refused_it_is_unavailable() -> None:
    with pytest.raises(Unavailable):
        await ask(PROBE, Recorded(INFO, replies={"SLOWLOG LEN": Unavailable("SLOWLOG", "NOPERM")}))


async def test_a_real_culprit(servers: Servers) -> None:
    server = servers(config={"enable-debug-command": "yes"})
    server.call("DEBUG", "SLEEP", "0.2")
    result = await ask(PROBE, Live(server=server))
    assert reading(result).value == pytest.approx(0.2, abs=0.15)
    assert reading(result).message.startswith("DEBUG SLEEP took 0.")


async def test_every_server_has_a_slow_log(any_server: RedisServer) -> None:
    any_server.call("CONFIG", "SET", "slowlog-log-slower-than", 0)
    any_server.call("SET", "key", "value")
    result = await ask(PROBE, Live(server=any_server))
    assert float(str(result.samples["redis_slowlog_length",])) >= 1.0
    assert 0.0 < reading(result).value < 1.0


def total(result: Round, command: str) -> object:
    return result.samples.get(("redis_slowlog_duration_seconds_total", command))


async def test_time_is_added_up_by_command_from_the_first_look_on() -> None:
    text = INFO + info_text(cmdstat_keys="calls=1", **{"cmdstat_config|get": "calls=1"})
    reader = Recorded(text, replies={"SLOWLOG LEN": 1})

    async def look(*entries: object) -> Round:
        reader.replies = {"SLOWLOG LEN": 1, "SLOWLOG GET 10": list(entries)}
        return await ask(PROBE, reader)

    old = entry(9.0, "KEYS", "*", number=5)
    first = await look(old)
    assert total(first, "keys") == 0.0
    new = entry(2.0, "keys", "*", number=6), entry(1.0, "CONFIG", "GET", "*", number=7)
    second = await look(*new, old)
    assert (total(second, "keys"), total(second, "config|get")) == (2.0, 1.0)
    # SLOWLOG RESET empties the log; what was counted stays counted.
    assert total(await look(), "keys") == 2.0
    assert total(await look(*new), "keys") == 2.0
    assert total(await look(entry(0.5, "KEYS", "*", number=8)), "keys") == 2.5


async def test_another_server_begins_a_first_look_of_its_own() -> None:
    def text(run_id: str) -> str:
        return INFO + info_text(cmdstat_keys="calls=1", run_id=run_id)

    reader = Recorded(text("a"))
    for run_id, number, expected in (("a", 40, 0.0), ("a", 41, 3.0), ("b", 90, 3.0), ("b", 91, 6)):
        reader.text = text(run_id)
        slow = entry(3.0, "KEYS", "*", number=number)
        reader.replies = {"SLOWLOG LEN": 1, "SLOWLOG GET 10": [slow]}
        assert total(await ask(PROBE, reader), "keys") == expected


async def test_commands_that_the_server_does_not_know_share_a_series() -> None:
    entries = [entry(1.0, f"NONSENSE{n}", number=n) for n in range(10)]
    result = await once(*entries)
    assert [labels for labels in result.samples if len(labels) > 1] == [
        ("redis_slowlog_duration_seconds_total", "other")
    ]


async def test_every_server_adds_up(any_server: RedisServer) -> None:
    any_server.call("CONFIG", "SET", "slowlog-log-slower-than", 0)
    reader = Live(server=any_server)
    await ask(PROBE, reader)
    any_server.call("GET", "key")
    seconds = total(await ask(PROBE, reader), "get")
    assert isinstance(seconds, float)
    assert 0.0 < seconds < 1.0


async def test_a_sentinel_is_not_asked() -> None:
    reader = Recorded(info_text(redis_mode="sentinel"))
    assert (await ask(PROBE, reader)).items == ()
    assert reader.asked == []

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
    }


@pytest.mark.parametrize("entries", [[], [entry(9.0, "KEYS", "*", ago=61)]])
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

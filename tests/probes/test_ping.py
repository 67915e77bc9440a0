"""PING: latency, and when it is slow."""

from __future__ import annotations

import pytest

from redis_health.errors import RedisFault
from redis_health.model import Condition, Failure, Nature
from redis_health.probes.ping import PROBE
from tests.probes.readers import Live, Recorded, Round, ask
from tests.servers import RedisServer


async def rounds(*seconds: float) -> Round:
    reader = Recorded(replies={"PING": "PONG"})
    result = Round(())
    for value in seconds:
        reader.seconds = value
        result = await ask(PROBE, reader)
    return result


async def test_the_round_trip_is_told() -> None:
    result = await rounds(0.002)
    assert result.samples == {("redis_latency_seconds", "ping"): 0.002}
    assert result.facts == {"latencies": (0.002,), "latency": 0.002}


async def test_no_median_of_a_few() -> None:
    assert (await rounds(*[0.5] * 4)).readings == {}


async def test_the_median_ignores_one_outlier() -> None:
    reading = (await rounds(0.001, 0.001, 3.0, 0.001, 0.001)).readings["ping_latency"]
    assert reading.value == 0.001


async def test_the_median_of_the_last_ten() -> None:
    reading = (await rounds(*[0.001] * 10, *[0.301] * 10)).readings["ping_latency"]
    assert reading.value == 0.301
    assert reading.message == "PING median 301 ms over the last 10"


async def test_an_error_reply_is_the_probes_failure() -> None:
    condition = Condition(code="LOADING", summary="", advice="")
    fault = RedisFault(Failure(condition, Nature.REPLY, "LOADING"))
    with pytest.raises(RedisFault) as caught:
        await ask(PROBE, Recorded(replies={"PING": fault}))
    assert caught.value is fault


async def test_a_real_server(server: RedisServer) -> None:
    result = await ask(PROBE, Live(server=server))
    assert 0 < float(str(result.facts["latency"])) < 5

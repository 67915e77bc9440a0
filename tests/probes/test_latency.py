"""LATENCY: histograms on one ladder, and spikes."""

from __future__ import annotations

import math

import pytest

from redis_health.errors import Unavailable
from redis_health.model import Histogram
from redis_health.probes.latency import LADDER, PROBE
from tests.conftest import Servers
from tests.probes.readers import Live, Recorded, Round, ask, info_text
from tests.servers import RedisServer

INFO = info_text(redis_version="7.0.15", cmdstat_set="calls=3,usec=1035,usec_per_call=345.00")
RESP2 = ["set", ["calls", 3, "histogram_usec", [16, 1, 33, 2, 1056, 3]]]
RESP3 = {b"set": {b"calls": 3, b"histogram_usec": {16: 1, 33: 2, 1056: 3}}}
SPIKES = [["command", 1795381248, 10, 1200], [b"fork", 1795381000, 1500, 1500, 9, 9]]


def replies(histogram: object = (), latest: object = ()) -> dict[str, object]:
    return {"LATENCY HISTOGRAM": histogram, "LATENCY LATEST": latest}


def histogram(result: Round, name: str, command: str) -> Histogram:
    value = result.samples[name, command]
    assert isinstance(value, Histogram)
    return value


@pytest.mark.parametrize("reply", [RESP2, RESP3], ids=["RESP2", "RESP3"])
async def test_histograms(reply: object) -> None:
    result = await ask(PROBE, Recorded(INFO, replies=replies(reply)))
    seconds = histogram(result, "redis_command_latency_seconds", "set")
    assert [bound for bound, _ in seconds.buckets] == [
        *(microseconds / 1e6 for microseconds in LADDER),
        math.inf,
    ]
    counts = dict(seconds.buckets)
    assert (counts[8e-06], counts[16e-06], counts[33e-06]) == (0.0, 1.0, 2.0)
    assert (counts[0.000528], counts[0.001056], counts[1.073741], counts[math.inf]) == (2, 3, 3, 3)
    assert (seconds.count, seconds.sum) == (3.0, 0.001035)
    microseconds = histogram(result, "redis_commands_latencies_usec", "set")
    assert microseconds.sum == 1035.0
    assert dict(microseconds.buckets)[33.0] == 2.0


async def test_a_bound_between_two_of_the_ladder_counts_at_the_next() -> None:
    reply = ["set", ["calls", 3, "histogram_usec", [40, 2]]]
    result = await ask(PROBE, Recorded(INFO, replies=replies(reply)))
    counts = dict(histogram(result, "redis_commands_latencies_usec", "set").buckets)
    assert (counts[33.0], counts[66.0], counts[1073741.0], counts[math.inf]) == (0, 2, 2, 3)


@pytest.mark.parametrize(
    ("text", "parameters"),
    [
        pytest.param(INFO.replace("7.0.15", "6.2.14"), {}, id="before Redis 7"),
        pytest.param(INFO.replace("7.0.15", "unstable"), {}, id="unknown version"),
        pytest.param(INFO, {"latency-tracking": "no"}, id="tracking off"),
    ],
)
async def test_histograms_that_are_not_kept_are_not_asked_for(
    text: str, parameters: dict[str, str]
) -> None:
    reader = Recorded(text, parameters=parameters, replies=replies(RESP2, SPIKES))
    result = await ask(PROBE, reader)
    assert "LATENCY HISTOGRAM" not in reader.asked
    assert len(result.samples) == 4


async def test_where_config_is_refused_histograms_are_asked_for() -> None:
    result = await ask(PROBE, Recorded(INFO, parameters=None, replies=replies(RESP2)))
    assert ("redis_command_latency_seconds", "set") in result.samples


async def test_spikes() -> None:
    result = await ask(PROBE, Recorded(INFO, replies=replies(latest=SPIKES)))
    assert result.samples == {
        ("redis_latency_spike_last", "command"): 1795381248.0,
        ("redis_latency_spike_duration_seconds", "command"): 0.01,
        ("redis_latency_spike_last", "fork"): 1795381000.0,
        ("redis_latency_spike_duration_seconds", "fork"): 1.5,
    }


@pytest.mark.parametrize("reply", ["junk", ["set"], ["set", None], {"set": []}, [[1], [2, 3]]])
async def test_junk_gives_nothing(reply: object) -> None:
    assert (await ask(PROBE, Recorded(INFO, replies=replies(reply, reply)))).samples == {}


async def test_one_refusal_leaves_the_other() -> None:
    refused = Unavailable("LATENCY", "NOPERM")
    reader = Recorded(INFO, replies=replies(refused, SPIKES))
    assert len((await ask(PROBE, reader)).samples) == 4


async def test_refused_altogether_it_is_unavailable() -> None:
    refused = Unavailable("LATENCY", "NOPERM")
    with pytest.raises(Unavailable):
        await ask(PROBE, Recorded(INFO, replies=replies(refused, refused)))


async def test_the_ladder_is_that_of_the_server(servers: Servers) -> None:
    server = servers(config={"enable-debug-command": "yes"})
    for seconds in ("0.001", "0.003", "0.006", "0.012", "0.025", "0.05"):
        server.call("DEBUG", "SLEEP", seconds)
    _, details = server.call("LATENCY", "HISTOGRAM", "debug")
    bounds = details[details.index("histogram_usec") + 1][::2]
    assert len(bounds) > 3
    assert set(bounds) <= set(LADDER)


async def test_every_server(any_server: RedisServer) -> None:
    any_server.call("SET", "key", "value")
    result = await ask(PROBE, Live(server=any_server))
    if any_server.kind.name.startswith("redis-6"):
        assert result.samples == {}
    else:
        value = histogram(result, "redis_command_latency_seconds", "set")
        assert value.count == 1.0
        assert 0 < value.sum < 1


async def test_a_sentinel_is_not_asked() -> None:
    reader = Recorded(info_text(redis_mode="sentinel"))
    assert (await ask(PROBE, reader)).items == ()
    assert reader.asked == []

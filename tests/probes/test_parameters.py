"""The limits that INFO does not tell."""

from __future__ import annotations

import pytest

from redis_health.errors import Unavailable
from redis_health.probes.parameters import PROBE
from tests.probes.readers import Live, Recorded, ask, info_text
from tests.servers import RedisServer

BYTES = "redis_config_client_output_buffer_limit_bytes"
SECONDS = "redis_config_client_output_buffer_limit_overcome_seconds"


async def test_every_server(any_server: RedisServer) -> None:
    limits = "normal 3mb 2mb 1 replica 6mb 5mb 4 pubsub 9 8 7"
    any_server.call("CONFIG", "SET", "client-output-buffer-limit", limits)
    samples = (await ask(PROBE, Live(server=any_server))).samples
    assert samples.pop(("redis_config_io_threads",)) == 1
    assert samples == {
        (BYTES, "normal", "hard"): 3 * 2**20,
        (BYTES, "normal", "soft"): 2 * 2**20,
        (SECONDS, "normal", "soft"): 1,
        (BYTES, "slave", "hard"): 6 * 2**20,
        (BYTES, "slave", "soft"): 5 * 2**20,
        (SECONDS, "slave", "soft"): 4,
        (BYTES, "pubsub", "hard"): 9,
        (BYTES, "pubsub", "soft"): 8,
        (SECONDS, "pubsub", "soft"): 7,
    }


@pytest.mark.parametrize("text", ["", "normal", "normal 1 2"])
async def test_half_a_limit_is_left_out(text: str) -> None:
    reader = Recorded(parameters={"client-output-buffer-limit": text})
    assert (await ask(PROBE, reader)).samples == {}


async def test_what_is_no_number_is_left_out() -> None:
    reader = Recorded(parameters={"client-output-buffer-limit": "normal 1 x 3", "io-threads": "x"})
    samples = (await ask(PROBE, reader)).samples
    assert samples == {(BYTES, "normal", "hard"): 1, (SECONDS, "normal", "soft"): 3}


async def test_refused_it_is_unavailable() -> None:
    with pytest.raises(Unavailable):
        await ask(PROBE, Recorded(parameters=None))


async def test_a_sentinel_is_not_asked() -> None:
    reader = Recorded(info_text(server_mode="sentinel"), parameters=None)
    assert (await ask(PROBE, reader)).items == ()
    assert reader.asked == []

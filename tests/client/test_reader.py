"""What a round may ask: whose fault the seconds are."""

from __future__ import annotations

import pytest

from redis_health.client.reader import RoundReader
from redis_health.model import ProbeOptions
from tests.client.sessions import session_of, target_of
from tests.servers import RedisServer


@pytest.mark.parametrize(("stalled", "taken_off"), [(0.0, False), (60.0, True)])
async def test_our_own_stalls_are_taken_off(
    server: RedisServer, stalled: float, taken_off: bool
) -> None:
    asked: list[float] = []

    def stalled_since(moment: float) -> float:
        asked.append(moment)
        return stalled

    async with session_of(target_of(server)) as session:
        reader = RoundReader(
            session, timeout=5.0, last={}, options=ProbeOptions(), stalled_since=stalled_since
        )
        begun = reader.now()
        dial = await reader.dial()
        _, seconds = await reader.timed("PING")
    assert (dial.total == 0.0) is taken_off
    assert (seconds == 0.0) is taken_off
    assert dial.login > 0.0
    assert begun <= asked[0] < asked[1]

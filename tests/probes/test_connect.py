"""The fresh dial."""

from __future__ import annotations

import pytest

from redis_health.model import Dial
from redis_health.probes.connect import CERTIFICATE_DAYS, PROBE
from tests.probes.readers import Recorded, ask

DAY = 86400.0


async def test_phases_and_their_sum() -> None:
    result = await ask(PROBE, Recorded(dialled=Dial(0.125, 0.25, 0.0, 0.5)))
    assert result.samples == {
        ("redis_latency_seconds", "connect"): 0.875,
        ("redis_connect_phase_seconds", "resolve"): 0.125,
        ("redis_connect_phase_seconds", "connect"): 0.25,
        ("redis_connect_phase_seconds", "tls"): 0.0,
        ("redis_connect_phase_seconds", "login"): 0.5,
    }
    assert result.facts == {"latencies": (0.875,), "latency": 0.875}
    assert result.readings == {}


async def test_the_median_says_whether_connections_are_slow() -> None:
    reader, read = Recorded(), []
    for seconds in (0.5, 0.25, 0.75, 0.5, 0.5, 0.125, 0.125, 0.125):
        reader.dialled = Dial(0.0, 0.0, seconds, 0.0)
        result = await ask(PROBE, reader)
        reading = result.readings.get("connect_latency")
        read.append(None if reading is None else reading.value)
    assert read == [None, None, 0.5, 0.5, 0.5, 0.5, 0.5, 0.125]
    assert reading is not None
    assert reading.message == (
        "a new connection takes 125 ms, the median of the last 5; 125 ms of the last one in tls"
    )


async def test_our_own_stalls_are_nobody_elses_fault() -> None:
    result = await ask(PROBE, Recorded(dialled=Dial(0.0, 0.0, 0.0, 0.75, stalled=0.5)))
    assert result.samples["redis_latency_seconds", "connect"] == 0.25
    assert result.facts["latencies"] == (0.25,)


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (20.0, "in 20 days, at 2027-02-04 08:00:00 UTC"),
        (1.5, "in 36h, at 2027-01-16 20:00:00 UTC"),
        (0.5, "in 12h, at 20:00:00 UTC"),
        (-1.0, "in 0s, at 2027-01-14 08:00:00 UTC"),
    ],
)
async def test_days_of_the_certificate(days: float, words: str) -> None:
    reader = Recorded()
    reader.dialled = Dial(0.0, 0.1, 0.1, 0.1, reader.epoch + days * DAY)
    result = await ask(PROBE, reader)
    reading = result.readings["certificate_days"]
    assert reading.value == days
    assert words in reading.message
    not_after = result.samples["redis_tls_certificate_not_after_timestamp_seconds",]
    assert not_after == reader.epoch + days * DAY


def test_two_weeks_are_left_to_renew() -> None:
    assert (CERTIFICATE_DAYS.enter, CERTIFICATE_DAYS.above) == (14.0, False)

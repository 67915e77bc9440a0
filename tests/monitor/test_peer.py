"""redis_exporter's own families and the success of each probe, from snapshots. Pure."""

from __future__ import annotations

from dataclasses import replace

import pytest

from redis_health.model import Failure, Nature, ProbeResult, Sample, Snapshot, Standing
from redis_health.monitor.peer import LAST_CONNECT_TIME, LAST_DURATION, LAST_ERROR, peer_samples
from redis_health.monitor.telemetry import COLLECTOR_SUCCESS, standing_samples
from redis_health.replies import conditions

REFUSED = Failure(conditions.CONN_REFUSED, Nature.TRANSPORT, "refused by 127.0.0.1:6379")
SILENT = Failure(conditions.TIMEOUT, Nature.SILENCE, "no reply")


def standing(
    check: str, *, failure: Failure | None = None, own_fault: str | None = None
) -> Standing:
    """After one round of 0.25 s."""
    result = ProbeResult(
        check=check,
        started=10.0,
        finished=10.25,
        observed=10.2,
        wall=1e9,
        expires=20.0,
        facts={"latency": 0.125},
        failure=failure,
    )
    if own_fault is not None:
        return Standing(check, rounds=1, own_fault=own_fault)
    return Standing(check, rounds=1, last=result, success=None if failure else result)


def snapshot(*standings: Standing) -> Snapshot:
    return Snapshot(
        "redis:6379", {each.check: each for each in standings}, started=0.0, started_wall=1e9
    )


GOOD = [standing(name) for name in ("connect", "ping", "server")]


def test_a_look_that_went_well() -> None:
    assert list(peer_samples(snapshot(*GOOD))) == [
        Sample(LAST_DURATION, 0.25),
        Sample(LAST_CONNECT_TIME, 0.125),
        Sample(LAST_ERROR, 0.0, ("",)),
    ]


def test_nothing_before_the_first_look() -> None:
    waiting = snapshot(Standing("connect"), Standing("ping"), Standing("server"))
    assert list(peer_samples(waiting)) == []
    assert list(standing_samples(waiting)) == []


def test_a_monitor_without_these_checks() -> None:
    assert list(peer_samples(snapshot(standing("memory")))) == []


@pytest.mark.parametrize(
    ("connect", "ping", "server", "code"),
    [
        (REFUSED, SILENT, SILENT, "CONN_REFUSED"),
        (None, SILENT, None, "TIMEOUT"),
        (None, None, SILENT, "TIMEOUT"),
    ],
)
def test_a_look_that_failed_has_the_code_and_not_the_words(
    connect: Failure | None, ping: Failure | None, server: Failure | None, code: str
) -> None:
    seen = snapshot(
        standing("connect", failure=connect),
        standing("ping", failure=ping),
        standing("server", failure=server),
    )
    assert Sample(LAST_ERROR, 1.0, (code,)) in list(peer_samples(seen))


def test_a_fault_of_our_own_is_told_as_one() -> None:
    seen = snapshot(*GOOD[:2], standing("server", own_fault="no descriptors"))
    assert Sample(LAST_ERROR, 1.0, ("OWN_FAULT",)) in list(peer_samples(seen))


def test_which_probe_failed() -> None:
    stale = replace(standing("memory"), own_fault="the event loop stalled")
    seen = snapshot(standing("ping"), standing("slowlog", failure=SILENT), stale, Standing("late"))
    assert list(standing_samples(seen)) == [
        Sample(COLLECTOR_SUCCESS, 1.0, ("ping",)),
        Sample(COLLECTOR_SUCCESS, 0.0, ("slowlog",)),
        Sample(COLLECTOR_SUCCESS, 0.0, ("memory",)),
    ]

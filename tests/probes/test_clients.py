"""Connections, and pauses."""

from __future__ import annotations

import pytest

from redis_health.model import Capability
from redis_health.probes.clients import CLIENTS_RATIO, PROBE
from tests.conftest import Servers
from tests.probes.readers import Live, Recorded, ask, info_text
from tests.servers import RedisServer


async def test_all_that_maxclients_counts_is_counted() -> None:
    text = info_text(
        connected_clients=80,
        connected_slaves=2,
        cluster_connections=8,
        maxclients=100,
        rejected_connections=14,
    )
    result = await ask(PROBE, Recorded(text))
    reading = result.readings["clients_ratio"]
    assert reading.value == CLIENTS_RATIO.enter == 0.9
    assert reading.message.startswith("90 of 100 connections taken (90%)")
    assert result.samples["redis_connections_current",] == 80
    assert result.facts == {"connected": 90, "maxclients": 100, "rejected": 14}


async def test_without_a_limit_there_is_no_ratio() -> None:
    assert (await ask(PROBE, Recorded("connected_clients:80\n"))).readings == {}


async def test_blocked_clients_are_no_fault() -> None:
    text = info_text(connected_clients=51, blocked_clients=50, maxclients=10000)
    result = await ask(PROBE, Recorded(text))
    assert result.codes == set()
    assert result.samples["redis_blocked_clients",] == 50


@pytest.mark.parametrize(
    ("actions", "codes"),
    [("none", set()), ("write", {"PAUSED_WRITE"}), ("all", {"PAUSED_WRITE"})],
)
async def test_a_pause(actions: str, codes: set[str]) -> None:
    text = info_text(
        paused_actions=actions, paused_reason="client_pause", paused_timeout_milliseconds=94000
    )
    result = await ask(PROBE, Recorded(text))
    assert result.codes == codes
    assert result.samples["redis_clients_paused",] == len(codes)
    for finding in result.findings.values():
        assert finding.lost == {Capability.WRITE}
        assert finding.message == ("reads answer but writes hang for another 94s (client_pause)")


async def test_valkey_shows_a_pause(servers: Servers) -> None:
    server = servers("valkey-9.1")
    server.call("CLIENT", "PAUSE", 60000, "WRITE")
    assert (await ask(PROBE, Live(server=server))).codes == {"PAUSED_WRITE"}
    server.call("CLIENT", "UNPAUSE")
    assert (await ask(PROBE, Live(server=server))).codes == set()


async def test_every_server_tells_its_room(any_server: RedisServer) -> None:
    assert (await ask(PROBE, Live(server=any_server))).readings["clients_ratio"].value < 0.1


@pytest.mark.parametrize(
    ("fields", "message", "advice"),
    [
        (
            {"master_failover_state": "waiting-for-sync"},
            "reads answer but writes hang (a FAILOVER is under way)",
            "wait for it, or FAILOVER ABORT",
        ),
        (
            {
                "master_failover_state": "failover-in-progress",
                "paused_actions": "write",
                "paused_reason": "failover_in_progress",
                "paused_timeout_milliseconds": 9223372036854775807,
            },
            "reads answer but writes hang (a FAILOVER is under way)",
            "wait for it, or FAILOVER ABORT",
        ),
        (
            {"shutdown_in_milliseconds": 19047},
            "reads answer but writes hang for another 19s"
            " (the server shuts down and waits for its replicas)",
            "wait, or SHUTDOWN ABORT to keep it; INFO replication shows which replica lags",
        ),
        (
            {"paused_actions": "write", "paused_timeout_milliseconds": 5000},
            "reads answer but writes hang for another 5s (client_pause)",
            "CLIENT UNPAUSE",
        ),
    ],
)
async def test_writes_are_held_back(fields: dict[str, object], message: str, advice: str) -> None:
    finding = (await ask(PROBE, Recorded(info_text(role="master", **fields)))).findings[
        "PAUSED_WRITE"
    ]
    assert (finding.message, finding.advice) == (message, advice)


async def test_a_failover_that_is_none_holds_nothing_back() -> None:
    text = info_text(role="master", master_failover_state="no-failover", paused_actions="none")
    assert (await ask(PROBE, Recorded(text))).codes == set()

"""Numbers of INFO that have no metric yet."""

from __future__ import annotations

import pytest

from redis_health.model import ProbeOptions
from redis_health.probes.info import INFO_FIELDS, PROBE
from tests.conftest import Servers
from tests.kinds import MATRIX
from tests.ports import poll
from tests.probes.readers import Live, Recorded, ask

NAME = "redis_info_field"


@pytest.mark.parametrize("kind", MATRIX)
@pytest.mark.parametrize("cluster", ["no", "yes"])
async def test_todays_servers_leave_nothing(servers: Servers, kind: str, cluster: str) -> None:
    server = servers(kind, config={"cluster-enabled": cluster})
    assert (await ask(PROBE, Live(server=server))).samples == {}


@pytest.mark.parametrize("kind", MATRIX)
async def test_nor_do_a_primary_and_its_replica(servers: Servers, kind: str) -> None:
    primary, replica = servers(kind), servers(kind)
    primary.call("SET", "key", "value", "PX", 100_000)
    primary.call("CONFIG", "SET", "min-replicas-to-write", 1)
    replica.call("REPLICAOF", "127.0.0.1", primary.port)
    up = poll(lambda: replica.info().get("master_link_status") == "up", within=10.0)
    assert up, replica.log
    for server in (primary, replica):
        server.call("CONFIG", "SET", "appendonly", "yes")
        assert (await ask(PROBE, Live(server=server))).samples == {}


async def test_a_number_of_tomorrow() -> None:
    text = "# Stats\r\nquantum_hits:7\r\n# Memory\r\nmem_warp:-1.5\r\nused_memory:9\r\n"
    assert (await ask(PROBE, Recorded(text))).samples == {
        (NAME, "stats", "quantum_hits"): 7,
        (NAME, "memory", "mem_warp"): -1.5,
    }


@pytest.mark.parametrize(
    "line",
    [
        *("quantum_mode:on", "quantum:nan", "Quantum:1", "qu-antum:1", "quantum hits:1", "9:9"),
        *("q" * 65 + ":1", "errorstat_7:1", "db7:1", "db0_distrib_sets_items:1", "slave12:3"),
        *("master_replid2:" + "0" * 40, "redis_git_sha1:40305114", "tcp_port:6379", "run_id:12"),
        *("availability_zone:1", "master_host:10", "quantum_version:2.0"),
    ],
)
async def test_what_is_no_number_of_interest(line: str) -> None:
    assert (await ask(PROBE, Recorded(f"# Stats\r\n{line}\r\n"))).samples == {}


@pytest.mark.parametrize("section", ["Commandstats", "Keyspace", "x" * 65, "1"])
async def test_other_sections(section: str) -> None:
    assert (await ask(PROBE, Recorded(f"# {section}\r\nquantum:1\r\n"))).samples == {}


async def test_it_is_bounded() -> None:
    text = "# Stats\r\n" + "".join(f"quantum{n}:1\r\n" for n in range(5000))
    assert len((await ask(PROBE, Recorded(text))).samples) == 200


def test_it_can_be_switched_off() -> None:
    assert PROBE.runs(ProbeOptions())
    assert not PROBE.runs(ProbeOptions(given={INFO_FIELDS.name: False}))

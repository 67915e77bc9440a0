"""Clusters: whole, with slots missing, with a shard that died."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from redis_health.errors import Unavailable
from redis_health.model import Capability
from redis_health.probes.cluster import PROBE
from tests.clusters import SLOTS, ClusterTrio
from tests.conftest import Servers
from tests.kinds import MATRIX
from tests.ports import poll
from tests.probes.readers import Live, Recorded, Round, ask, info_text
from tests.servers import RedisServer

CLUSTER = {"cluster-enabled": "yes", "cluster-node-timeout": "500"}
NODE = info_text(cluster_enabled=1)
LOST = "cluster down: 5462 slots have no live primary"


def fields(server: RedisServer) -> dict[str, str]:
    lines = server.call("CLUSTER", "INFO").splitlines()
    return dict(line.split(":", 1) for line in lines if ":" in line)


def wait(server: RedisServer, **expected: str) -> None:
    def there() -> bool:
        return expected.items() <= fields(server).items()

    assert poll(there, within=20.0, every=0.05), fields(server)


async def told(replies: dict[str, object]) -> Round:
    return await ask(PROBE, Recorded(NODE, replies=replies))


@pytest.mark.parametrize("kind", MATRIX)
async def test_one_node(servers: Servers, kind: str) -> None:
    server = servers(kind, config=CLUSTER)
    server.call("CLUSTER", "ADDSLOTS", *range(1, SLOTS))
    result = await ask(PROBE, Live(server=server))
    assert result.codes == {"CLUSTERDOWN"}
    finding = result.findings["CLUSTERDOWN"]
    assert finding.message == "cluster_state fail: 16383/16384 slots assigned"
    assert {Capability.READ, Capability.WRITE} <= finding.lost
    assert result.samples["redis_cluster_state",] == 0

    server.call("CLUSTER", "ADDSLOTS", 0)
    wait(server, cluster_state="ok")
    result = await ask(PROBE, Live(server=server))
    assert result.codes == set()
    expected = dict.fromkeys(
        ("slots_pfail", "slots_fail", "current_epoch", "my_epoch", "messages_sent_total"), 0
    )
    expected |= dict.fromkeys(("state", "known_nodes", "size"), 1)
    expected |= dict.fromkeys(("slots_assigned", "slots_ok"), SLOTS)
    for name, value in expected.items():
        assert result.samples[f"redis_cluster_{name}",] == value


@pytest.fixture
def cluster() -> Iterator[ClusterTrio]:
    with ClusterTrio(node_timeout=500) as trio:
        yield trio


async def suspicion(server: RedisServer) -> Round:
    """The first round that tells of anything."""
    for _ in range(2000):
        result = await ask(PROBE, Live(server=server))
        if result.codes:
            return result
        await asyncio.sleep(0.01)
    raise AssertionError(server.log)


async def test_a_shard_that_died(cluster: ClusterTrio) -> None:
    first, second, victim = cluster.nodes
    result = await ask(PROBE, Live(server=first))
    assert result.codes == set()
    for name in ("ping_sent", "pong_received", "meet_sent"):
        value = result.samples[f"redis_cluster_stats_messages_{name}",]
        assert isinstance(value, float)
        assert value > 0

    victim.kill()
    assert cluster.info(first)["cluster_state"] == "ok"
    found = (await suspicion(first)).findings
    assert {code: finding.message for code, finding in found.items()} in (
        {"SLOTS_PFAIL": "5462 slots suspected"},
        # The others may have said so already when this node begins to suspect it.
        {"CLUSTERDOWN": f"{LOST} (127.0.0.1:{victim.port} failed)"},
    )
    wait(first, cluster_state="fail", cluster_slots_fail="5462")
    findings = (await ask(PROBE, Live(server=first))).findings
    assert findings["CLUSTERDOWN"].message == f"{LOST} (127.0.0.1:{victim.port} failed)"

    first.call("CONFIG", "SET", "cluster-require-full-coverage", "no")
    wait(first, cluster_state="ok")
    findings = (await ask(PROBE, Live(server=first))).findings
    assert set(findings) == {"SLOTS_FAIL"}
    assert findings["SLOTS_FAIL"].lost == set()
    assert findings["SLOTS_FAIL"].message == (
        "5462/16384 slots (33%) unavailable; cluster_state says ok"
        f" (127.0.0.1:{victim.port} failed)"
    )

    second.kill()
    wait(first, cluster_state="fail")
    assert (await ask(PROBE, Live(server=first))).codes == {"CLUSTERDOWN"}


async def test_without_a_majority() -> None:
    text = "cluster_state:fail\r\ncluster_slots_assigned:16384\r\ncluster_slots_pfail:9\r\n"
    finding = (await told({"CLUSTER INFO": text})).findings["CLUSTERDOWN"]
    assert "does not reach the majority" in finding.message


async def test_suspected_slots() -> None:
    text = "cluster_state:ok\r\ncluster_slots_assigned:16384\r\ncluster_slots_pfail:5461\r\n"
    findings = (await told({"CLUSTER INFO": text})).findings
    assert {code: found.message for code, found in findings.items()} == {
        "SLOTS_PFAIL": "5461 slots suspected"
    }


@pytest.mark.parametrize(
    ("nodes", "told_of"),
    [
        (Unavailable("CLUSTER", "NOPERM"), ""),
        ("", ""),
        ("junk\nid a:1@2 slave,fail x 0 0 1 connected\n", ""),
        ("id [::1]:7@17,host master,fail - 0 0 1 connected 0-9\n", " ([::1]:7 failed)"),
        (
            "".join(f"id h:{n}@1 master,fail - 0 0 1 disconnected 1\n" for n in range(9)),
            " (h:0, h:1, h:2, … failed)",
        ),
        ("id h:1@1 master,fail? - 0 0 1 connected 1\nid h:2@1 master,fail - 0 0 1 connected", ""),
    ],
)
async def test_the_culprits(nodes: object, told_of: str) -> None:
    text = "cluster_state:ok\ncluster_slots_fail:8192\n"
    findings = (await told({"CLUSTER INFO": text, "CLUSTER NODES": nodes})).findings
    message = "8192/16384 slots (50%) unavailable; cluster_state says ok"
    assert findings["SLOTS_FAIL"].message == message + told_of


@pytest.mark.parametrize(
    ("coverage", "code", "message"),
    [
        (True, "CLUSTERDOWN", "cluster_state fail: 16383/16384 slots assigned"),
        (
            False,
            "SLOTS_FAIL",
            "1/16384 slots (1%) unavailable; cluster_state says ok; 1 assigned to nobody",
        ),
    ],
)
async def test_a_slot_that_nobody_has(coverage: bool, code: str, message: str) -> None:
    with ClusterTrio(node_timeout=500, full_coverage=coverage) as cluster:
        first = cluster.nodes[0]
        for node in cluster.nodes:
            node.call("CLUSTER", "DELSLOTS", 0)
        cluster.wait(first, cluster_slots_assigned="16383")
        if coverage:
            cluster.wait(first, cluster_state="fail")
        findings = (await ask(PROBE, Live(server=first))).findings
        assert {code: found.message for code, found in findings.items()} == {code: message}


@pytest.mark.parametrize("coverage", [True, False])
async def test_a_node_that_was_reset_or_forgotten(coverage: bool) -> None:
    with ClusterTrio(node_timeout=500, full_coverage=coverage) as cluster:
        first, second, third = cluster.nodes
        forgotten = second.call("CLUSTER", "MYID")
        for node in (first, third):
            node.call("CLUSTER", "FORGET", forgotten)
        cluster.wait(first, cluster_known_nodes="2", cluster_slots_assigned="10923")
        if coverage:
            cluster.wait(first, cluster_state="fail")
        # It is told by those that miss its slots; the node itself still knows the others.
        finding = (await ask(PROBE, Live(server=first))).findings
        assert set(finding) == {"CLUSTERDOWN" if coverage else "SLOTS_FAIL"}
        second.call("CLUSTER", "RESET", "HARD")
        cluster.wait(second, cluster_state="fail", cluster_known_nodes="1")
        findings = (await ask(PROBE, Live(server=second))).findings
        assert findings["CLUSTERDOWN"].message == (
            "cluster_state fail: 0/16384 slots assigned, and this node knows no other"
        )


async def test_missing_and_failed_slots_are_told_together() -> None:
    text = "cluster_state:fail\r\ncluster_slots_assigned:16383\r\ncluster_slots_fail:9\r\n"
    nodes = "id h:1@1 master,fail - 0 0 1 connected 1\n"
    findings = (await told({"CLUSTER INFO": text, "CLUSTER NODES": nodes})).findings
    assert findings["CLUSTERDOWN"].message == (
        "cluster_state fail: 16383/16384 slots assigned; 9 slots have no live primary (h:1 failed)"
    )


@pytest.mark.parametrize("text", ["", info_text(cluster_enabled=0)])
async def test_no_cluster_node_is_not_asked(text: str) -> None:
    reader = Recorded(text)
    assert (await ask(PROBE, reader)).items == ()
    assert reader.asked == []


async def test_refused_it_is_unavailable() -> None:
    with pytest.raises(Unavailable):
        await told({"CLUSTER INFO": Unavailable("CLUSTER", "NOPERM")})

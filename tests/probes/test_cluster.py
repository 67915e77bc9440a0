"""Clusters: whole, with slots missing, with a shard that died."""

from __future__ import annotations

import pytest

from redis_health.errors import Unavailable
from redis_health.model import Capability
from redis_health.probes.cluster import PROBE
from tests.conftest import Servers
from tests.kinds import MATRIX
from tests.ports import poll
from tests.probes.readers import Live, Recorded, Round, ask, info_text
from tests.servers import RedisServer

CLUSTER = {"cluster-enabled": "yes", "cluster-node-timeout": "500"}
NODE = info_text(cluster_enabled=1)
SLOTS = 16384


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


async def test_a_shard_that_died(servers: Servers) -> None:
    nodes = [servers(config=CLUSTER) for _ in range(3)]
    first, second, victim = nodes
    for index, node in enumerate(nodes):
        low, high = index * SLOTS // 3, (index + 1) * SLOTS // 3 - 1
        node.call("CLUSTER", "ADDSLOTSRANGE", low, high)
    for node in nodes[1:]:
        first.call("CLUSTER", "MEET", "127.0.0.1", node.port)
    for node in nodes:
        wait(node, cluster_state="ok", cluster_known_nodes="3", cluster_size="3")
    result = await ask(PROBE, Live(server=first))
    assert result.codes == set()
    for name in ("ping_sent", "pong_received", "meet_sent"):
        value = result.samples[f"redis_cluster_stats_messages_{name}",]
        assert isinstance(value, float)
        assert value > 0

    victim.kill()
    wait(first, cluster_state="fail", cluster_slots_fail="5462")
    findings = (await ask(PROBE, Live(server=first))).findings
    assert findings["CLUSTERDOWN"].message == (
        f"cluster down: 5462 slots have no live primary (127.0.0.1:{victim.port} failed)"
    )

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


async def test_where_info_has_it_nothing_is_asked() -> None:
    reader = Recorded(NODE + "# Cluster info\r\ncluster_state:ok\r\ncluster_size:3\r\n")
    assert (await ask(PROBE, reader)).samples["redis_cluster_size",] == 3
    assert reader.asked == []


@pytest.mark.parametrize("text", ["", info_text(cluster_enabled=0)])
async def test_no_cluster_node_is_not_asked(text: str) -> None:
    reader = Recorded(text)
    assert (await ask(PROBE, reader)).items == ()
    assert reader.asked == []


async def test_refused_it_is_unavailable() -> None:
    with pytest.raises(Unavailable):
        await told({"CLUSTER INFO": Unavailable("CLUSTER", "NOPERM")})

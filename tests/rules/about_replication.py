"""When the alerts about replication, the cluster and Sentinels fire."""

from __future__ import annotations

from tests.rules.scenario import Scenario

_LINK = '{master_host="10.0.0.1",master_port="6379"}'
_TO = {"master_host": "10.0.0.1", "master_port": "6379"}
_SLAVE = '{slave_ip="10.0.0.2",slave_port="6379",slave_state="online"}'
_OF = {"slave_ip": "10.0.0.2", "slave_port": "6379", "slave_state": "online"}
_SECOND = 'redis_health_reason{code="REPLICAS_MISSING",check="replication",severity="degraded"}'
_NEVER = 'redis_health_reason{code="NEVER_SYNCED",check="replication",severity="down"}'
_OTHER = 'redis_health_reason{code="SLOW",check="ping",severity="degraded"}'


def _server(name: str, role: str) -> str:
    return f'redis_instance_info{{instance="{name}",role="{role}"}}'


_REPLICATION = (
    Scenario(
        alert="RedisReplicationBroken",
        about="the link is down for a minute, and then half of one",
        series={
            f"redis_master_link_down_since_seconds{_LINK}": "0+15x20",
            f"redis_master_link_up{_LINK}": "0x20",
        },
        silent=("75s",),
        fires=("90s",),
        labels=_TO,
        description="The link to 10.0.0.1:6379 has been down for 1m 30s (limit 60 s).",
    ),
    Scenario(
        alert="RedisReplicationBroken",
        about="59 s",
        series={
            f"redis_master_link_down_since_seconds{_LINK}": "59x20",
            f"redis_master_link_up{_LINK}": "0x20",
        },
        silent=("5m",),
    ),
    Scenario(
        alert="RedisReplicaNeverSynced",
        about="two minutes without any data",
        series={_NEVER: "1x20"},
        silent=("105s",),
        fires=("2m",),
        description=(
            "It has not synchronised once since it started (1 reason NEVER_SYNCED):"
            " its data are missing or those of another time."
        ),
    ),
    Scenario(
        alert="RedisReplicaNeverSynced",
        about="another reason",
        series={_OTHER: "1x20"},
        silent=("5m",),
    ),
    Scenario(
        alert="RedisReplicationLag",
        about="half a minute",
        series={f"redis_connected_slave_lag_seconds{_SLAVE}": "30x20"},
        silent=("45s",),
        fires=("1m",),
        labels=_OF,
        description="The replica 10.0.0.2:6379 last acknowledged 30s ago (limit 30 s).",
    ),
    Scenario(
        alert="RedisReplicationLag",
        about="less, and one that still receives its data",
        series={
            f"redis_connected_slave_lag_seconds{_SLAVE}": "29x20",
            f"redis_connected_slave_lag_seconds{_SLAVE.replace('online', 'wait_bgsave')}": "99x20",
        },
        silent=("5m",),
    ),
    Scenario(
        alert="RedisPrimarySilent",
        about="20 s, and then 30 more",
        series={
            f"redis_master_last_io_seconds_ago{_LINK}": "20x20",
            f"redis_master_link_up{_LINK}": "1x20",
        },
        silent=("15s",),
        fires=("30s",),
        labels=_TO,
        description=(
            "The link to 10.0.0.1:6379 says up, and nothing has come for 20s (limit 20 s)."
        ),
    ),
    Scenario(
        alert="RedisPrimarySilent",
        about="19 s",
        series={
            f"redis_master_last_io_seconds_ago{_LINK}": "19x20",
            f"redis_master_link_up{_LINK}": "1x20",
        },
        silent=("5m",),
    ),
    Scenario(
        alert="RedisPrimarySilent",
        about="the link is down, which is another alert",
        series={
            f"redis_master_last_io_seconds_ago{_LINK}": "99x20",
            f"redis_master_link_up{_LINK}": "0x20",
        },
        silent=("5m",),
    ),
    Scenario(
        alert="RedisReplicasMissing",
        about="for five minutes",
        series={_SECOND: "1x40"},
        silent=("285s",),
        fires=("5m",),
        description=(
            "Fewer replicas are online than expect_replicas says (1 reason REPLICAS_MISSING)."
        ),
    ),
    Scenario(
        alert="RedisReplicasMissing",
        about="another reason",
        series={_OTHER: "1x40"},
        silent=("10m",),
    ),
    Scenario(
        alert="RedisPrimaryMissing",
        about="the primary is gone, and nobody takes its place",
        series={
            _server("a", "master"): "1x4 stale",
            _server("b", "slave"): "1x40",
            _server("c", "slave"): "1x40",
        },
        silent=("2m",),
        fires=("135s",),
        labels={"instance": None},
        description=(
            "It had one within the last day, and all that is left are 2 replicas: nobody can write."
        ),
    ),
    Scenario(
        alert="RedisPrimaryMissing",
        about="a replica took its place",
        series={
            _server("a", "master"): "1x4 stale",
            _server("b", "slave"): "1x7 stale",
            _server("b", "master"): "_x8 1x40",
            _server("c", "slave"): "1x40",
        },
        silent=("5m",),
    ),
    Scenario(
        alert="RedisPrimaryMissing",
        about="a job of replicas alone",
        series={_server("b", "slave"): "1x40"},
        silent=("5m",),
    ),
    Scenario(
        alert="RedisTooManyPrimaries",
        about="the old primary comes back after a failover",
        series={
            _server("a", "master"): "1x60 stale _x7 1x40",
            _server("b", "slave"): "1x64 stale",
            _server("b", "master"): "_x65 1x40",
            _server("c", "slave"): "1x110",
        },
        silent=("18m",),
        fires=("1095s",),
        labels={"instance": None},
        description=(
            "A replica has become a primary, and no primary has gone: there are 2 now."
            " What clients write to the wrong one will be lost."
        ),
    ),
    Scenario(
        alert="RedisTooManyPrimaries",
        about="two groups in one job",
        series={
            _server("a", "master"): "1x100",
            _server("b", "slave"): "1x100",
            _server("c", "master"): "1x100",
            _server("d", "slave"): "1x100",
        },
        silent=("10m", "20m"),
    ),
    Scenario(
        alert="RedisTooManyPrimaries",
        about="a new server",
        series={_server("a", "master"): "1x100", _server("b", "master"): "_x60 1x40"},
        silent=("20m",),
    ),
)


def _slots(fail: int, assigned: int, state: int) -> dict[str, str]:
    return {
        "redis_cluster_slots_fail": f"{fail}x20",
        "redis_cluster_slots_assigned": f"{assigned}x20",
        "redis_cluster_state": f"{state}x20",
    }


_CLUSTER = (
    Scenario(
        alert="RedisClusterDown",
        about="state fail",
        series={"redis_cluster_state": "0x20"},
        silent=("15s",),
        fires=("30s",),
        description="cluster_state is fail (0): this node refuses commands with CLUSTERDOWN.",
    ),
    Scenario(
        alert="RedisClusterDown",
        about="state ok",
        series={"redis_cluster_state": "1x20"},
        silent=("5m",),
    ),
    Scenario(
        alert="RedisClusterSlotsLost",
        about="one failed and one that belongs to nobody",
        series=_slots(1, 16383, 1),
        silent=("15s",),
        fires=("30s",),
        description=(
            "2 of 16384 slots have no live primary, and cluster_state says ok:"
            " the keys in them are neither read nor written."
        ),
    ),
    Scenario(
        alert="RedisClusterSlotsLost",
        about="all are served",
        series=_slots(0, 16384, 1),
        silent=("5m",),
    ),
    Scenario(
        alert="RedisClusterSlotsLost",
        about="told by RedisClusterDown",
        series=_slots(5461, 16384, 0),
        silent=("5m",),
    ),
    Scenario(
        alert="RedisClusterSlotsSuspected",
        about="one slot for a minute",
        series={"redis_cluster_slots_pfail": "1x20"},
        silent=("45s",),
        fires=("1m",),
        description=(
            "The primary of 1 slots does not answer this node, and the other nodes have not"
            " confirmed that it failed."
        ),
    ),
    Scenario(
        alert="RedisClusterSlotsSuspected",
        about="none",
        series={"redis_cluster_slots_pfail": "0x20"},
        silent=("5m",),
    ),
)

_PRIMARY = 'master_name="mymaster",master_address="10.0.0.1:6379"'
_STATUS = f"redis_sentinel_master_status{{{_PRIMARY},master_status="
_CKQUORUM = 'redis_sentinel_master_ckquorum_status{master_name="mymaster",message='

_SENTINEL = (
    Scenario(
        alert="RedisSentinelPrimaryDown",
        about="down by one opinion, then by several",
        series={f'{_STATUS}"sdown"}}': "0x2 stale", f'{_STATUS}"odown"}}': "_x3 0x20"},
        silent=("45s",),
        fires=("1m",),
        labels={"master_name": "mymaster", "master_address": "10.0.0.1:6379"},
        description=(
            "The primary mymaster at 10.0.0.1:6379 does not answer the Sentinel (status 0),"
            " and no failover has ended that."
        ),
    ),
    Scenario(
        alert="RedisSentinelPrimaryDown",
        about="ok",
        series={f'{_STATUS}"ok"}}': "1x20"},
        silent=("5m",),
    ),
    Scenario(
        alert="RedisSentinelNoQuorum",
        about="for a minute, in changing words",
        series={
            f'{_CKQUORUM}"NOQUORUM 1"}}': "0x2 stale",
            f'{_CKQUORUM}"NOQUORUM 2"}}': "_x3 0x20",
        },
        silent=("45s",),
        fires=("1m",),
        labels={"master_name": "mymaster"},
        description=("CKQUORUM is 0: should the primary mymaster fail, nobody could fail over."),
    ),
    Scenario(
        alert="RedisSentinelNoQuorum",
        about="ok",
        series={f'{_CKQUORUM}"OK 3"}}': "1x20"},
        silent=("5m",),
    ),
    Scenario(
        alert="RedisSentinelNoQuorum",
        about="a Sentinel in TILT is not believed",
        series={f'{_CKQUORUM}"NOQUORUM"}}': "0x20", "redis_sentinel_tilt": "1x20"},
        silent=("5m",),
    ),
    Scenario(
        alert="RedisSentinelTilt",
        about="for a minute",
        series={"redis_sentinel_tilt": "1x20"},
        silent=("45s",),
        fires=("1m",),
        description=(
            "Its clock has jumped or its process was suspended (tilt is 1);"
            " it acts on nothing until 30 quiet seconds have passed."
        ),
    ),
    Scenario(
        alert="RedisSentinelTilt",
        about="not",
        series={"redis_sentinel_tilt": "0x20"},
        silent=("5m",),
    ),
)

_NOT_THE_PRIMARY = 'redis_health_reason{code="NOT_THE_PRIMARY",check="sentinels",severity="down"}'
_UP = 'redis_health_sentinel_up{sentinel="10.0.0.9:26379"}'

_AROUND = (
    Scenario(
        alert="RedisNotThePrimary",
        about="for one scrape, and it is told for five minutes",
        series={_NOT_THE_PRIMARY: "_x3 1 stale"},
        silent=("30s", "370s"),
        fires=("45s", "5m"),
        description=(
            "The Sentinels name another server (1 reason NOT_THE_PRIMARY)."
            " Clients that still write here lose what they write."
        ),
    ),
    Scenario(
        alert="RedisNotThePrimary",
        about="another reason",
        series={_OTHER: "1x20"},
        silent=("5m",),
    ),
    Scenario(
        alert="RedisSentinelUnreachable",
        about="for two minutes",
        series={_UP: "0x20"},
        silent=("105s",),
        fires=("2m",),
        labels={"sentinel": "10.0.0.9:26379"},
        description=(
            "It has not answered for 2 minutes (up is 0): with one more gone there may"
            " be nobody left to fail over."
        ),
    ),
    Scenario(
        alert="RedisSentinelUnreachable",
        about="it answers",
        series={_UP: "1x20"},
        silent=("5m",),
    ),
)

SCENARIOS = (*_REPLICATION, *_CLUSTER, *_SENTINEL, *_AROUND)

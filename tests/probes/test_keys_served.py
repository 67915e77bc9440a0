"""The collectors of keys and streams in the service: shown, and never a reason to degrade."""

from __future__ import annotations

from tests.conftest import Services
from tests.ports import poll
from tests.servers import RedisServer

_CHECKS = ("keys", "key_patterns", "key_groups", "streams")
_WANTED = {
    "REDIS_HEALTH_CHECK_KEYS": "number,db3=queue",
    "REDIS_HEALTH_CHECK_KEY_PATTERNS": "num*",
    "REDIS_HEALTH_CHECK_KEY_GROUPS": "^(num)",
    "REDIS_HEALTH_CHECK_STREAMS": "orders",
}


def test_they_are_served(server: RedisServer, services: Services) -> None:
    server.call("SET", "number", 5)
    server.call("EVAL", "redis.call('SELECT', 3) redis.call('RPUSH', 'queue', 1)", 0)
    server.call("XADD", "orders", "1-1", "field", "value")
    service = services(environment={"REDIS_URL": server.url, **_WANTED})
    lines = (
        'redis_key_size{db="db0",key="number"} 1',
        'redis_key_size{db="db3",key="queue"} 1',
        'redis_key_value{db="db0",key="number"} 5',
        'redis_keys_count{db="db0",key="num*"} 1',
        'redis_key_group_count{db="db0",key_group="num"} 1',
        'redis_stream_length{db="db0",stream="orders"} 1',
    )
    assert poll(lambda: all(line in service.metrics() for line in lines), within=10.0)
    assert service.health()["state"] == "up"
    assert server.info("stats")["total_error_replies"] == "0"


def test_refused_they_degrade_nothing(server: RedisServer, services: Services) -> None:
    server.call("SET", "number", 5)
    refused = ("-type", "-scan", "-xinfo")
    rights = ("+@all", "-@dangerous", "+info", "+config|get", "+latency", "+slowlog", "+acl|dryrun")
    server.call("ACL", "SETUSER", "eye", "on", ">pw", "~*", *rights, *refused)
    environment = {
        "REDIS_URL": server.url,
        "REDIS_USERNAME": "eye",
        "REDIS_PASSWORD": "pw",
        **_WANTED,
    }
    service = services(environment=environment)
    document = service.wait_for(
        lambda health: all(check["status"] != "starting" for check in health["checks"].values()),
        within=10.0,
    )
    assert (document["state"], document["reasons"]) == ("up", [])
    assert {document["checks"][name]["status"] for name in _CHECKS} == {"unavailable"}


def test_unless_wanted_they_do_not_run(server: RedisServer, services: Services) -> None:
    service = services(environment={"REDIS_URL": server.url})
    document = service.wait_for(lambda health: health["state"] == "up", within=10.0)
    assert not set(_CHECKS) & document["checks"].keys()
    assert "name=redis-health-keys" not in server.call("CLIENT", "LIST")

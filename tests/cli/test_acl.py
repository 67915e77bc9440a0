"""``redis-health acl``: the rights that it prints are enough, and each of them is needed."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

import pytest

from redis_health.cli.acl import rights
from redis_health.config import Settings, load
from redis_health.model import Probe, Server, State, Target
from redis_health.monitor import Monitor
from redis_health.probes import catalogue
from tests.cli.conftest import Run
from tests.conftest import Servers
from tests.servers import MATRIX, RedisServer

#: Whether it was answered, what it does without, and the names of its metrics.
Told = tuple[bool, str | None, frozenset[str]]

_PASSWORD = "only-for-this-test"
_WORDS = {
    "redis-6.2": Server.REDIS_6,
    "redis-7.0": Server.REDIS,
    "redis-8.2": Server.REDIS,
    "valkey-8.1": Server.VALKEY,
    "valkey-9.1": Server.VALKEY,
}
#: Whatever can be switched on, so that every command is issued.
_EVERYTHING: Mapping[str, object] = {
    "check_write": True,
    "check_keys": "db0=a-string,db0=a-list,a-set,a-zset,a-hash,a-stream,a-*",
    "check_key_patterns": "a-*",
    "check_key_groups": "a-(.*)",
    "check_streams": "a-stream",
    "export_client_list": True,
    "include_config": True,
    "include_modules": True,
    "redis_db": "0",
}
_KEYS = (
    ("SET", "a-string", "42"),
    ("RPUSH", "a-list", "x"),
    ("SADD", "a-set", "x"),
    ("ZADD", "a-zset", "1", "x"),
    ("HSET", "a-hash", "f", "x"),
    ("XADD", "a-stream", "*", "f", "x"),
    ("XGROUP", "CREATE", "a-stream", "a-group", "0"),
    ("XREADGROUP", "GROUP", "a-group", "me", "STREAMS", "a-stream", ">"),
)


def settings(**given: object) -> Settings:
    flags = {
        name: value if isinstance(value, bool) else str(value) for name, value in given.items()
    }
    return load(catalogue(), flags=flags, environ={})


async def looked(server: RedisServer, configured: Settings, user: str | None) -> Monitor:
    target = Target(
        host="127.0.0.1",
        port=server.port,
        username=user,
        password=_PASSWORD if user else None,
        db=configured.target.db,
    )
    monitor = Monitor(
        target,
        probes=catalogue(),
        policy=configured.policy,
        options=configured.probe_options,
        process=False,
    )
    await monitor.look()
    return monitor


def told(monitor: Monitor) -> dict[str, Told]:
    """By check: what it lacks, and which families it shows."""
    shown = {}
    for name, standing in monitor.snapshot.checks.items():
        result = standing.last
        assert result is not None, name
        families = frozenset(sample.metric.name for sample in result.samples)
        shown[name] = (result.failure is None, result.unavailable, families)
    return shown


def poorer(shown: Mapping[str, Told], everything: Mapping[str, Told]) -> set[str]:
    """The checks that fail, do without something, or show fewer families than they could."""
    return {
        name
        for name, (ok, unavailable, families) in everything.items()
        # More than before is fine: a refusal makes the server's own counters of errors appear.
        if shown[name][:2] != (ok, unavailable) or families - shown[name][2]
    }


def make_user(server: RedisServer, name: str, rules: Sequence[str]) -> None:
    assert server.call("ACL", "SETUSER", name, "reset", "on", f">{_PASSWORD}", *rules) in (
        "OK",
        b"OK",
    )


def users_of(right: str, probes: Sequence[Probe]) -> set[str]:
    """The checks whose declared commands need a right, by the words of the rule alone."""
    words = right.lstrip("+").split("|")
    found = set()
    for probe in probes:
        for command in probe.commands:
            text = command.text.lower().replace(",", "").split()
            if right.startswith(("~", "%")):
                matches = command.keys is not None
            else:
                matches = words[-1] in text and (len(words) == 1 or words[0] == text[0])
            if matches:
                found.add(probe.name)
    return found


def denied(server: RedisServer, user: str) -> bool:
    """Whether the server has refused something to a user, by its own log."""
    for entry in server.call("ACL", "LOG"):
        fields = dict(zip(map(str, entry[::2]), map(str, entry[1::2]), strict=True))
        if fields["username"] == user:
            return True
    return False


@pytest.mark.parametrize("given", [{}, _EVERYTHING, {"redis_db": 3}], ids=["default", "all", "db"])
@pytest.mark.parametrize("kind", sorted(_WORDS.keys() & MATRIX.keys()))
async def test_the_rights_are_enough_and_each_is_needed(
    servers: Servers, kind: str, given: Mapping[str, object]
) -> None:
    server = servers(kind, config={"acllog-max-len": 500, "latency-monitor-threshold": 100})
    for key in _KEYS:
        server.call(*key)
    configured = settings(**given)
    rules = rights(configured, server=_WORDS[kind], cluster=False)
    everything = told(await looked(server, configured, None))
    make_user(server, "enough", rules)
    monitor = await looked(server, configured, "enough")
    assert monitor.verdict.state is State.UP, monitor.verdict.reasons
    assert not poorer(told(monitor), everything)
    assert not denied(server, "enough")
    for right in rules:
        user = f"without-{right.strip('+%~*').replace('|', '-') or 'keys'}"
        make_user(server, user, [each for each in rules if each != right])
        monitor = await looked(server, configured, user)
        assert denied(server, user), f"{right} is not needed"
        changed = poorer(told(monitor), everything)
        if right == "+client|setname":
            # It names our connections.
            assert not changed - {"client_list"}
        elif right in {"+ping", "+info"} or (right == "+select" and configured.target.db):
            assert monitor.verdict.state is not State.UP
        else:
            assert changed, f"without {right} all is shown"
            assert changed <= users_of(right, catalogue()), right


def test_a_line_without_a_password_is_refused_by_redis(run: Run, server: RedisServer) -> None:
    result = run("acl")
    assert result.exit_code == 0, result.output
    words = result.stdout.split()
    assert words[:5] == ["ACL", "SETUSER", "redis-health", "reset", "on"]
    with pytest.raises(Exception, match="Error in ACL SETUSER"):
        server.call(*words)


def test_the_line_as_printed_makes_the_user(run: Run, server: RedisServer) -> None:
    result = run("acl", "--redis-username", "prober", REDIS_PASSWORD=_PASSWORD)
    assert _PASSWORD not in result.output
    assert hashlib.sha256(_PASSWORD.encode()).hexdigest() in result.stdout
    server.call(*result.stdout.split())
    assert server.call("PING", user="prober", password=_PASSWORD) in ("PONG", b"PONG")


def test_a_cluster_node_and_a_sentinel_are_asked_other_things() -> None:
    plain = set(rights(settings(), server=Server.REDIS, cluster=False))
    node = set(rights(settings(), server=Server.REDIS, cluster=True))
    assert node - plain == {"+cluster|info", "+cluster|nodes"}
    sentinel = rights(settings(include_config=True), server=Server.SENTINEL, cluster=False)
    assert set(sentinel) == {
        "+ping",
        "+client|setname",
        "+info",
        "+sentinel|config",
        "+sentinel|masters",
        "+sentinel|sentinels",
        "+sentinel|slaves",
        "+sentinel|ckquorum",
    }


def test_what_sentinels_are_asked_is_no_right_at_redis() -> None:
    watched = {"sentinels": "sentinel-1,sentinel-2", "sentinel_master": "mymaster"}
    for server in (Server.REDIS, Server.VALKEY, Server.REDIS_6):
        plain = rights(settings(), server=server, cluster=False)
        assert rights(settings(**watched), server=server, cluster=False) == plain
    sentinel = set(rights(settings(), server=Server.SENTINEL, cluster=False))
    around = set(rights(settings(**watched), server=Server.SENTINEL, cluster=False))
    assert around - sentinel == {"+sentinel|master", "+sentinel|get-master-addr-by-name"}


def test_a_password_file_that_is_not_there_is_named(run: Run) -> None:
    result = run("acl", "--redis-password-file", "/nonexistent/password")
    assert result.exit_code == 2
    assert "/nonexistent/password" in result.stderr

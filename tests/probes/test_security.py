"""Whether strangers get in: the default user, bind, protected mode, and rights."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from dataclasses import replace

import pytest

from redis_health.config import load
from redis_health.model import Access, Knock, State, Target
from redis_health.monitor import Monitor
from redis_health.probes import catalogue
from redis_health.probes.security import PROBE
from tests.conftest import Servers
from tests.kinds import MATRIX
from tests.probes.readers import Recorded, Round, ask, info_text
from tests.probes.rounds import Watched
from tests.servers import RedisServer

SECRET = "4711-only-for-this-test"
OPEN = {"bind": "0.0.0.0", "protected-mode": "no"}
#: What ``redis-health acl`` grants, as far as this probe needs it.
_SPARE = ("+ping", "+client|setname", "+info")
_SPARE_7 = (*_SPARE, "+config|get", "+acl|dryrun")


def outside_address() -> str:
    """An address of this machine beyond loopback; no packet is sent for it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            pytest.skip("this machine has loopback addresses alone")
        return str(probe.getsockname()[0])


def counting(result: Round) -> set[str]:
    """The codes that degrade."""
    return {code for code, found in result.findings.items() if not found.condition.note}


def value(result: Round, code: str) -> object:
    """The sample of a finding, None where there is none."""
    return result.samples.get(("redis_security_finding", code))


def errors(server: RedisServer) -> int:
    return int(server.info("stats")["total_error_replies"])


async def again(watched: Watched) -> Round:
    """The next round, as if it came at its time: with INFO and CONFIG asked for anew."""
    watched.reconnect()
    return await watched.round()


def add_user(server: RedisServer, name: str, *rules: str) -> None:
    server.call("ACL", "SETUSER", name, "reset", "on", f">{SECRET}", *rules)


async def test_a_fresh_server_on_loopback_gets_notes_at_most(any_server: RedisServer) -> None:
    with Watched(PROBE, any_server, {}) as watched:
        for _ in range(2):
            result = await watched.round()
            assert result.codes == {"DEFAULT_USER_OPEN"}
            assert not counting(result)
            assert result.samples["redis_security_exposed",] == 0
    assert errors(any_server) == 0


@pytest.mark.parametrize("kind", MATRIX)
async def test_open_to_the_network_until_it_is_closed(servers: Servers, kind: str) -> None:
    server = servers(kind, config=OPEN)
    with Watched(PROBE, server, {}) as watched:
        result = await watched.round()
        assert counting(result) == {"OPEN_TO_NETWORK"}
        assert result.codes == {"OPEN_TO_NETWORK", "DEFAULT_USER_OPEN", "PROTECTED_MODE_OFF"}
        assert "bind 0.0.0.0" in result.findings["OPEN_TO_NETWORK"].message
        assert result.samples["redis_security_exposed",] == 1
        assert value(result, "OPEN_TO_NETWORK") == 1
        server.call("CONFIG", "SET", "protected-mode", "yes")
        result = await again(watched)
        # What was repaired is not told as what an intruder has changed.
        assert result.codes == {"DEFAULT_USER_OPEN"}
        assert not counting(result)
        assert result.samples["redis_security_exposed",] == 0
        assert errors(server) == 0


async def test_a_password_closes_it_although_our_connection_is_kept(servers: Servers) -> None:
    server = servers(config=OPEN)
    with Watched(PROBE, server, {}) as watched:
        assert "OPEN_TO_NETWORK" in (await watched.round()).codes
        server.call("CONFIG", "SET", "requirepass", SECRET)
        result = await watched.round()
        assert result.codes == set()
        assert value(result, "OPEN_TO_NETWORK") == 0
        assert value(result, "DEFAULT_USER_OPEN") == 0


async def test_served_beyond_loopback_without_a_login(servers: Servers) -> None:
    address = outside_address()
    server = servers(config=OPEN)
    add_user(server, "default", "nopass", "~*", "+@all", "-config")
    with Watched(PROBE, server, {}, host=address) as watched:
        result = await watched.round()
    # CONFIG is refused, and still it is known.
    assert value(result, "PROTECTED_MODE_OFF") is None
    assert result.findings["OPEN_TO_NETWORK"].message == (
        f"commands are served without a login at {address}"
    )
    assert result.codes == {"OPEN_TO_NETWORK", "DEFAULT_USER_OPEN"}


@pytest.mark.parametrize("kind", MATRIX)
async def test_a_password_is_enough(servers: Servers, kind: str) -> None:
    server = servers(kind, config={**OPEN, "requirepass": SECRET})
    with Watched(PROBE, server, {}, user=(None, SECRET)) as watched:
        for _ in range(2):
            result = await watched.round()
            assert not counting(result)
            assert value(result, "OPEN_TO_NETWORK") == 0
            assert SECRET not in repr(result.items)
        assert errors(server) == 0
    old = server.kind.version.startswith("6.")
    assert result.codes == (set() if old else {"DANGEROUS_RIGHTS"})


async def test_behind_a_user_of_our_own_the_default_user_is_open(servers: Servers) -> None:
    server = servers(config=OPEN)
    add_user(server, "watcher", *_SPARE_7)
    with Watched(PROBE, server, {}, user=("watcher", SECRET)) as watched:
        result = await watched.round()
        assert counting(result) == {"OPEN_TO_NETWORK"}
        assert result.codes == {"OPEN_TO_NETWORK", "DEFAULT_USER_OPEN", "PROTECTED_MODE_OFF"}
        assert errors(server) == 0
        server.call("ACL", "SETUSER", "default", "resetpass", f">{SECRET}")
        server.password = SECRET
        # A stranger is refused once, and not again until users or parameters are changed.
        for _ in range(3):
            assert not (await again(watched)).codes
            assert errors(server) == 1
        server.call("ACL", "SETUSER", "default", "nopass")
        server.password = None
        assert "OPEN_TO_NETWORK" in (await again(watched)).codes
        assert errors(server) == 1


@pytest.mark.parametrize(
    ("config", "found"),
    [
        ({"bind": "127.0.0.1 -::1", "protected-mode": "no"}, {"PROTECTED_MODE_OFF"}),
        ({"bind": "0.0.0.0", "protected-mode": "yes"}, set()),
    ],
)
async def test_reached_by_loopback_alone(
    servers: Servers, config: Mapping[str, str], found: set[str]
) -> None:
    with Watched(PROBE, servers(config=config), {}) as watched:
        result = await watched.round()
    assert result.codes == {"DEFAULT_USER_OPEN"} | found
    assert not counting(result)


@pytest.mark.parametrize(
    ("config", "version", "wide"),
    [
        ({"bind": "* -::*"}, "7.0.15", True),
        ({"bind": "127.0.0.1 10.0.0.5"}, "7.0.15", True),
        ({"bind": "-::1 127.0.0.2 localhost ::ffff:127.0.0.1"}, "7.0.15", False),
        ({"bind": "fe80::1%eth0"}, "7.0.15", True),
        ({"bind": "redis.internal"}, "7.0.15", True),
        ({"bind": ""}, "6.2.14", True),
        ({"bind": ""}, "7.0.15", False),
        ({"bind": "*", "port": "0"}, "7.0.15", False),
        ({"bind": "*", "port": "0", "tls-port": "6380"}, "7.0.15", True),
        (
            {"bind": "*", "port": "0", "tls-port": "6380", "tls-auth-clients": "yes"},
            "7.0.15",
            False,
        ),
        (
            {"bind": "*", "port": "0", "tls-port": "6380", "tls-auth-clients": "optional"},
            "7.0.15",
            True,
        ),
    ],
)
async def test_where_it_listens(config: Mapping[str, str], version: str, wide: bool) -> None:
    parameters = {"port": "6379", "tls-port": "0", "protected-mode": "no", **config}
    reader = Recorded(
        info_text(redis_version=version, role="master", run_id="a"),
        parameters=parameters,
        replies={"INFO modules": "", **_dryrun("default", "OK")},
    )
    result = await ask(PROBE, reader)
    assert ("OPEN_TO_NETWORK" in result.codes) is wide


def _dryrun(user: str, reply: str) -> dict[str, object]:
    words = (
        *("CONFIG SET a b", "REPLICAOF a 1", "MODULE LOAD a", "ACL SETUSER a", "DEBUG a"),
        *("FLUSHALL", "SHUTDOWN", "MIGRATE a 1 a 0 1", "BGSAVE", "KEYS a", "SLAVEOF a 1"),
    )
    return {f"ACL DRYRUN {user} {each}": reply for each in words}


async def test_with_a_certificate_we_are_no_stranger() -> None:
    reader = Recorded(
        info_text(redis_version="7.0.15", role="master", run_id="a"),
        parameters=None,
        replies={"INFO modules": "", **_dryrun("default", "OK")},
        met=Knock(served=True, peer="10.0.0.5"),
    )
    assert "OPEN_TO_NETWORK" in (await ask(PROBE, reader)).codes
    reader.access = Access(certificate=True)
    result = await ask(PROBE, reader)
    assert "OPEN_TO_NETWORK" not in result.codes
    assert ("redis_security_exposed",) not in result.samples


async def test_over_a_unix_socket_nobody_is_beyond_loopback() -> None:
    reader = Recorded(
        info_text(redis_version="7.0.15", role="master", run_id="a"),
        parameters={"bind": "", "port": "0", "protected-mode": "no"},
        replies={"INFO modules": "", **_dryrun("default", "OK")},
        met=Knock(served=True, peer=None),
    )
    result = await ask(PROBE, reader)
    assert result.codes == {"DEFAULT_USER_OPEN", "PROTECTED_MODE_OFF"}
    assert not counting(result)


async def test_a_default_user_who_may_do_little_is_no_danger_to_others(servers: Servers) -> None:
    server = servers(config=OPEN)
    add_user(server, "watcher", *_SPARE_7)
    server.call("ACL", "SETUSER", "default", "reset", "on", "nopass", "~*", "+get")
    with Watched(PROBE, server, {}, user=("watcher", SECRET)) as watched:
        result = await watched.round()
    # It may not even PING, and so is no more than a login that fails.
    assert counting(result) == set()


async def test_a_user_of_our_own_with_too_many_rights(servers: Servers) -> None:
    server = servers(config={"requirepass": SECRET})
    add_user(server, "watcher", "+@all", "-flushall", "-keys")
    with Watched(PROBE, server, {}, user=("watcher", SECRET)) as watched:
        result = await watched.round()
        assert counting(result) == {"DANGEROUS_RIGHTS"}
        assert result.findings["DANGEROUS_RIGHTS"].message == (
            "user watcher of this service may run CONFIG SET, REPLICAOF, SLAVEOF and 5 more"
        )
        assert result.samples["redis_security_dangerous_rights",] == 8
        asked = server.info()["cmdstat_acl|dryrun"]
        assert (await again(watched)).codes == {"DANGEROUS_RIGHTS"}
        assert server.info()["cmdstat_acl|dryrun"] == asked
        add_user(server, "watcher", *_SPARE_7)
        result = await again(watched)
        assert not result.codes
        assert result.samples["redis_security_dangerous_rights",] == 0
        assert value(result, "DANGEROUS_RIGHTS") == 0
        assert SECRET not in repr(result.items)


async def test_without_the_right_to_ask_nothing_is_said_of_rights(servers: Servers) -> None:
    server = servers()
    add_user(server, "watcher", *_SPARE, "+config|get")
    with Watched(PROBE, server, {}, user=("watcher", SECRET)) as watched:
        for _ in range(3):
            result = await watched.round()
            assert not result.codes
            assert value(result, "DANGEROUS_RIGHTS") is None
    assert errors(server) == 1


async def test_a_command_that_was_renamed_is_nobodys(servers: Servers) -> None:
    server = servers(config={"requirepass": SECRET, "rename-command": "FLUSHALL ''"})
    with Watched(PROBE, server, {}, user=(None, SECRET)) as watched:
        for _ in range(3):
            result = await watched.round()
            assert result.samples["redis_security_dangerous_rights",] == 10
            assert not counting(result)
    assert errors(server) == 1


@pytest.mark.parametrize("accepted", [False, True])
async def test_the_verdict(servers: Servers, accepted: bool) -> None:
    codes = frozenset({"OPEN_TO_NETWORK"})
    settings = load(catalogue(), flags={}, environ={})
    monitor = Monitor(
        Target(host="127.0.0.1", port=servers(config=OPEN).port),
        probes=catalogue(),
        policy=replace(settings.policy, accepted=codes if accepted else frozenset()),
        options=settings.probe_options,
        process=False,
    )
    await monitor.look()
    verdict = monitor.verdict
    assert verdict.state is (State.UP if accepted else State.DEGRADED)
    notes = {note.code for note in verdict.notes}
    assert notes >= {"DEFAULT_USER_OPEN", "PROTECTED_MODE_OFF"}
    assert ("OPEN_TO_NETWORK" in notes) == accepted
    assert [reason.code for reason in verdict.reasons] == ([] if accepted else ["OPEN_TO_NETWORK"])

"""The fixtures do what other tests rely on."""

from __future__ import annotations

import socket
import ssl
import time

import pytest

from tests import kinds
from tests.certificates import Certificates
from tests.conftest import Servers
from tests.ports import free_port, poll
from tests.resp import ReplyError, ask
from tests.servers import RedisServer


def test_every_kind_is_what_it_says(any_server: RedisServer) -> None:
    info = any_server.info("server")
    version = info["valkey_version" if any_server.kind.is_valkey else "redis_version"]
    assert version.startswith(any_server.kind.version)
    assert int(info["process_id"]) == any_server.pid
    assert int(info["tcp_port"]) == any_server.port


def test_replies_are_decoded(server: RedisServer) -> None:
    assert server.call("SET", "k", "grün") == "OK"
    assert server.call("GET", "k") == "grün"
    assert server.call("GET", "nothing") is None
    assert server.call("STRLEN", "k") == 5
    assert server.call("LRANGE", "nothing", 0, -1) == []
    with pytest.raises(ReplyError, match=r"^ERR unknown command"):
        server.call("NONSENSE")


def test_login(servers: Servers) -> None:
    server = servers(config={"requirepass": "secret", "user": "eve on >key ~* +ping"})
    assert server.call("PING") == "PONG"
    assert server.call("PING", user="eve", password="key") == "PONG"
    with pytest.raises(ReplyError, match=r"^WRONGPASS"):
        server.call("PING", password="wrong")
    with server.connect() as connection, pytest.raises(ReplyError, match=r"^NOAUTH"):
        ask(connection, "PING")


def test_a_frozen_server_accepts_and_is_silent(any_server: RedisServer) -> None:
    with any_server.frozen():
        with any_server.connect():
            pass
        with pytest.raises(TimeoutError):
            any_server.call("PING", timeout=0.2)
    assert any_server.call("PING") == "PONG"


def test_stop_kill_and_restart(any_server: RedisServer) -> None:
    first = any_server.info("server")["run_id"]
    assert any_server.stop() == 0
    with pytest.raises(ConnectionRefusedError):
        any_server.connect()
    second = any_server.start().info("server")["run_id"]
    any_server.freeze()
    any_server.kill()
    assert not any_server.running
    third = any_server.restart().info("server")["run_id"]
    assert len({first, second, third}) == 3


def test_a_replica_links_at_once(any_server: RedisServer, servers: Servers) -> None:
    replica = servers(any_server.kind.name, config={"replicaof": f"127.0.0.1 {any_server.port}"})
    assert poll(lambda: replica.info("replication")["master_link_status"] == "up", within=10.0), (
        replica.log
    )


def test_a_server_that_cannot_start_says_why(servers: Servers) -> None:
    with pytest.raises(AssertionError, match="Bad directive"):
        servers(config={"no-such-directive": "1"})


def test_a_missing_server_fails_the_test(servers: Servers, monkeypatch: pytest.MonkeyPatch) -> None:
    absent = kinds.ServerKind("absent", "0.", "bin/redis-server", "no_such_package")
    monkeypatch.setitem(kinds.MATRIX, "absent", absent)
    with pytest.raises(pytest.fail.Exception, match="no_such_package"):
        servers("absent")


def test_tls(servers: Servers, certificates: Certificates) -> None:
    server = servers(tls=certificates, config={"tls-auth-clients": "yes"})
    context = ssl.create_default_context(cafile=certificates.ca)
    context.load_cert_chain(certificates.client.cert, certificates.client.key)
    with (
        server.connect() as plain,
        context.wrap_socket(plain, server_hostname="localhost") as connection,
    ):
        assert ask(connection, "PING") == "PONG"


@pytest.mark.parametrize(
    ("authority", "presented", "complaint"),
    [
        ("ca", "expired", "certificate has expired"),
        ("other_ca", "server", "self-signed certificate in certificate chain"),
    ],
)
def test_what_must_not_be_trusted(
    servers: Servers,
    certificates: Certificates,
    authority: str,
    presented: str,
    complaint: str,
) -> None:
    pair = getattr(certificates, presented)
    config = {"tls-cert-file": str(pair.cert), "tls-key-file": str(pair.key)}
    server = servers(tls=certificates, config=config)
    context = ssl.create_default_context(cafile=getattr(certificates, authority))
    with server.connect() as plain, pytest.raises(ssl.SSLCertVerificationError, match=complaint):
        context.wrap_socket(plain, server_hostname="localhost")


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_a_free_port_can_be_listened_on(host: str) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.create_server((host, free_port(host)), family=family):
        pass


def test_poll_gives_up() -> None:
    started = time.monotonic()
    assert not poll(lambda: False, within=0.05)
    assert time.monotonic() - started >= 0.05

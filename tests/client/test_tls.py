"""TLS: accepted, refused, and mistaken for plaintext."""

from __future__ import annotations

import asyncio
import os
import shutil
from pathlib import Path

import pytest

from redis_health.client.deadline import Deadline
from redis_health.client.tls import ContextKeeper
from redis_health.model import Failure, Target, TLSSettings
from tests.certificates import Certificates, Pair
from tests.client.peers import peer, says
from tests.client.sessions import dial_failure, failure_of, session_of, soon, target_of
from tests.conftest import Servers
from tests.kinds import MATRIX
from tests.servers import RedisServer


def speaking_tls(servers: Servers, certificates: Certificates, **config: str) -> RedisServer:
    kind = next(kind.name for kind in MATRIX.values() if kind.tls)
    return servers(
        kind, tls=certificates, config={k.replace("_", "-"): v for k, v in config.items()}
    )


async def failure_with(server: RedisServer, settings: TLSSettings) -> Failure:
    """The failure of a dial, which is also that of the kept connection."""
    async with session_of(target_of(server, tls=settings)) as session:
        dialled = await failure_of(session.dial(soon()))
        assert await failure_of(session.command(("PING",), soon())) == dialled
    return dialled


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
@pytest.mark.parametrize("verify", ["full", "ca"])
async def test_a_verified_server(
    servers: Servers, certificates: Certificates, host: str, verify: str
) -> None:
    server = speaking_tls(servers, certificates)
    settings = TLSSettings(ca_file=str(certificates.ca), verify=verify)
    async with session_of(target_of(server, host=host, tls=settings)) as session:
        dial = await session.dial(soon())
        assert dial.tls > 0
        assert dial.total > dial.tls
        assert dial.certificate_expires is not None
        assert (await session.command(("PING",), soon()))[0] == b"PONG"


async def test_an_unverified_server_tells_no_expiry(
    servers: Servers, certificates: Certificates
) -> None:
    server = speaking_tls(servers, certificates)
    async with session_of(target_of(server, tls=TLSSettings(verify="none"))) as session:
        assert (await session.dial(soon())).certificate_expires is None


async def test_the_name_may_be_another(servers: Servers, certificates: Certificates) -> None:
    server = speaking_tls(servers, certificates)
    ca = str(certificates.ca)
    async with session_of(
        target_of(server, tls=TLSSettings(ca_file=ca, server_name="localhost"))
    ) as session:
        await session.dial(soon())
    async with session_of(
        target_of(server, tls=TLSSettings(ca_file=ca, verify="ca", server_name="redis.example"))
    ) as session:
        await session.dial(soon())
    wrong = await failure_with(server, TLSSettings(ca_file=ca, server_name="redis.example"))
    assert wrong.code == "TLS_VERIFY"
    assert "redis.example" in wrong.message
    assert "REDIS_TLS_SERVER_NAME" in wrong.advice


async def test_another_authority(servers: Servers, certificates: Certificates) -> None:
    server = speaking_tls(servers, certificates)
    failure = await failure_with(server, TLSSettings(ca_file=str(certificates.other_ca)))
    assert (failure.code, failure.nature) == ("TLS_VERIFY", "transport")
    assert "self-signed" in failure.message
    # Without a file it is the system's authorities that count.
    assert (await failure_with(server, TLSSettings())).code == "TLS_VERIFY"


async def test_an_expired_certificate(servers: Servers, certificates: Certificates) -> None:
    pair = certificates.expired
    server = speaking_tls(
        servers, certificates, tls_cert_file=str(pair.cert), tls_key_file=str(pair.key)
    )
    failure = await failure_with(server, TLSSettings(ca_file=str(certificates.ca)))
    assert failure.code == "TLS_VERIFY"
    assert "expired" in failure.message


def client(certificates: Certificates, pair: Pair | None) -> TLSSettings:
    return TLSSettings(
        ca_file=str(certificates.ca),
        cert_file=str(pair.cert) if pair else None,
        key_file=str(pair.key) if pair else None,
    )


@pytest.mark.parametrize("version", ["TLSv1.2", "TLSv1.3"])
async def test_a_client_certificate_is_asked_for(
    servers: Servers, certificates: Certificates, version: str
) -> None:
    server = speaking_tls(servers, certificates, tls_auth_clients="yes", tls_protocols=version)
    settings = client(certificates, certificates.client)
    async with session_of(target_of(server, tls=settings)) as session:
        await session.dial(soon())
    failure = await failure_with(server, client(certificates, None))
    assert failure.code == "TLS_HANDSHAKE"
    assert "client certificate" in failure.message
    assert "REDIS_TLS_CERT_FILE" in failure.advice


async def test_a_client_certificate_that_has_expired(
    servers: Servers, certificates: Certificates
) -> None:
    server = speaking_tls(servers, certificates, tls_auth_clients="yes")
    failure = await failure_with(server, client(certificates, certificates.expired))
    assert failure.code == "TLS_HANDSHAKE"
    assert "EXPIRED" in failure.message
    assert "REDIS_TLS_CERT_FILE" in failure.advice


async def test_no_common_version(servers: Servers, certificates: Certificates) -> None:
    server = speaking_tls(
        servers, certificates, tls_protocols="TLSv1.2", tls_ciphers="ECDHE-RSA-AES256-GCM-SHA384"
    )
    failure = await failure_with(server, TLSSettings(verify="none"))
    assert failure.code == "TLS_HANDSHAKE"


@pytest.mark.parametrize("content", [None, "this is no certificate"])
@pytest.mark.parametrize("role", ["ca_file", "cert_file"])
async def test_our_own_files_are_wrong(
    server: RedisServer, tmp_path: Path, role: str, content: str | None
) -> None:
    file = tmp_path / "file.pem"
    if content is not None:
        file.write_text(content)
    failure = await failure_with(server, TLSSettings(**{role: str(file)}))
    assert failure.code == "TLS_HANDSHAKE"
    assert "our own TLS files" in failure.message


async def test_a_renewed_file_is_used(
    servers: Servers, certificates: Certificates, tmp_path: Path
) -> None:
    server = speaking_tls(servers, certificates)
    file = tmp_path / "ca.pem"
    shutil.copy(certificates.other_ca, file)
    async with session_of(target_of(server, tls=TLSSettings(ca_file=str(file)))) as session:
        assert (await failure_of(session.dial(soon()))).code == "TLS_VERIFY"
        shutil.copy(certificates.ca, file)
        await session.dial(soon())


async def test_tls_to_a_plaintext_port(any_server: RedisServer, certificates: Certificates) -> None:
    settings = TLSSettings(ca_file=str(certificates.ca))
    async with session_of(target_of(any_server, tls=settings)) as session:
        assert (await failure_of(session.dial(soon(0.3)))).code == "TLS_TO_PLAIN"
        kept = await failure_of(session.command(("PING",), soon(0.3)))
        assert kept.code == "TLS_TO_PLAIN"


async def test_tls_to_a_plaintext_port_that_speaks_up(certificates: Certificates) -> None:
    async with peer(says(b"HTTP/1.0 400 Bad Request\r\n\r\n")) as port:
        failure = await dial_failure(
            Target(host="127.0.0.1", port=port, tls=TLSSettings(ca_file=str(certificates.ca)))
        )
    assert failure.code == "TLS_TO_PLAIN"


@pytest.mark.parametrize("password", [None, "secret"])
async def test_plaintext_to_a_tls_port(
    servers: Servers, certificates: Certificates, password: str | None
) -> None:
    server = speaking_tls(servers, certificates)
    async with session_of(target_of(server, password=password)) as session:
        assert (await failure_of(session.dial(soon()))).code == "PLAIN_TO_TLS"
        assert (await failure_of(session.command(("PING",), soon()))).code == "PLAIN_TO_TLS"


async def test_plaintext_to_a_tls_port_that_speaks_up() -> None:
    async with peer(says(b"\x15\x03\x01\x00\x02\x02\x46")) as port:
        assert (await dial_failure(Target(host="127.0.0.1", port=port))).code == "PLAIN_TO_TLS"


async def test_a_frozen_tls_server_is_silent(servers: Servers, certificates: Certificates) -> None:
    server = speaking_tls(servers, certificates)
    target = target_of(server, tls=TLSSettings(ca_file=str(certificates.ca)))
    with server.frozen():
        failure = await dial_failure(target, within=0.2)
        assert (failure.code, failure.nature) == ("TIMEOUT", "silence")
        assert "TLS answer" in failure.message
    async with session_of(target) as session:
        await session.dial(soon())
        with server.frozen():
            started = asyncio.get_running_loop().time()
            assert (await failure_of(session.dial(soon(0.2)))).code == "TIMEOUT"
            # What spoke TLS before is not asked again whether it does.
            assert asyncio.get_running_loop().time() - started < 0.45


async def test_a_port_that_closes_is_not_taken_for_tls() -> None:
    connections = 0

    async def closes(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        await reader.read(1)

    async with peer(closes) as port, session_of(Target(host="127.0.0.1", port=port)) as session:
        failure = await failure_of(session.dial(soon()))
    assert (failure.code, connections) == ("CONN_RESET", 2)


async def test_a_port_that_spoke_tls_is_not_looked_at_when_it_falls_silent(
    certificates: Certificates, servers: Servers
) -> None:
    server = servers(tls=certificates)
    settings = TLSSettings(ca_file=str(certificates.ca))
    target = Target(host="127.0.0.1", port=server.port, tls=settings)
    async with session_of(target) as session:
        await session.dial(soon())
        server.stop()

        async def is_silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            connections.append(await reader.read(1))
            await reader.read(-1)

        connections: list[bytes] = []
        async with peer(is_silent, server.port):
            looks = []
            for _ in range(2):
                deadline = Deadline.within(0.2)
                assert (await failure_of(session.dial(deadline))).code == "TIMEOUT"
                looks.append(len(connections))
    # The second time nobody knows any more what answers there.
    assert looks == [1, 3]


async def test_a_tls_port_that_closes_without_an_alert(certificates: Certificates) -> None:
    async def closes(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Hangs up at once."""

    settings = TLSSettings(ca_file=str(certificates.ca))
    async with peer(closes, tls=certificates.server) as port:
        failure = await dial_failure(Target(host="127.0.0.1", port=port, tls=settings))
    assert (failure.code, failure.nature) == ("CONN_RESET", "transport")


def test_half_a_renewal_leaves_the_pair_that_works(
    certificates: Certificates, tmp_path: Path
) -> None:
    cert, key = tmp_path / "client.pem", tmp_path / "client.key"
    shutil.copy(certificates.client.cert, cert)
    shutil.copy(certificates.client.key, key)
    keeper = ContextKeeper(
        TLSSettings(ca_file=str(certificates.ca), cert_file=str(cert), key_file=str(key))
    )
    before = keeper.context()
    key.write_text("not yet written")
    assert keeper.context() is before
    shutil.copy(certificates.client.key, key)
    os.utime(key)
    assert keeper.context() is not before

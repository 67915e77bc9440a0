"""HTTPS, certificates of clients, and what is no TLS at all."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import subprocess
import sys
from asyncio import sslproto
from pathlib import Path

import pytest

from tests.certificates import Certificates, Pair
from tests.web.guarded import DEADLINE, exchange, guarded, hashed, login

GET = b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
OK = b"HTTP/1.1 200 OK\r\n"


@pytest.fixture
def file(tmp_path: Path, certificates: Certificates) -> Path:
    return written(tmp_path, certificates)


def written(directory: Path, certificates: Certificates, *more: str) -> Path:
    file = directory / "web.yml"
    server = certificates.server
    lines = [f"cert_file: {server.cert}", f"key_file: {server.key}", *more]
    file.write_text("tls_server_config:\n" + "".join(f"  {line}\n" for line in lines))
    return file


def client(certificates: Certificates, pair: Pair | None = None) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=str(certificates.ca))
    if pair is not None:
        context.load_cert_chain(pair.cert, pair.key)
    return context


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
async def test_every_version_from_1_2_on(
    file: Path, certificates: Certificates, version: ssl.TLSVersion
) -> None:
    context = client(certificates)
    context.minimum_version = context.maximum_version = version
    async with guarded(file) as served:
        for path in ("/healthz", "/metrics", "/"):
            assert (await served.get(path, tls=context)).status == 200


async def test_a_connection_is_kept_and_its_requests_are_answered_one_by_one(
    file: Path, certificates: Certificates
) -> None:
    async with guarded(file) as served:
        got = await exchange(
            served.port, GET.replace(b"close", b"x") * 20 + GET, tls=client(certificates)
        )
    assert got.count(OK) == 21


async def test_users_and_tls_go_together(tmp_path: Path, certificates: Certificates) -> None:
    file = written(tmp_path, certificates)
    with file.open("a") as appended:
        appended.write(f"basic_auth_users: {{alice: {hashed('x')}}}\n")
    context = client(certificates)
    async with guarded(file) as served:
        assert (await served.get("/metrics", tls=context)).status == 401
        assert (await served.get("/metrics", login("alice", "x"), tls=context)).status == 200
        assert (await served.get("/livez", tls=context)).text == "ok\n"


@pytest.mark.parametrize(
    "sent",
    [GET, b"\x16\x03\x01" + b"\xff" * 100, b"PING\r\n", b""],
    ids=["HTTP", "broken hello", "RESP", "nothing"],
)
async def test_what_is_no_tls_is_cut_off(file: Path, sent: bytes) -> None:
    async with guarded(file, patience=0.5) as served:
        started = asyncio.get_running_loop().time()
        with contextlib.suppress(ConnectionResetError):
            assert OK not in await asyncio.wait_for(exchange(served.port, sent), DEADLINE)
        if sent == GET:
            assert asyncio.get_running_loop().time() - started < 0.4


async def test_a_handshake_that_trickles_has_no_more_time(file: Path) -> None:
    async with guarded(file, patience=0.5) as served:
        reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
        closing = asyncio.ensure_future(reader.read())
        # The head of a record that announces more than ever comes.
        for byte in b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(500):
            writer.write(bytes([byte]))
            if (await asyncio.wait([closing], timeout=0.02))[0]:
                break
        with contextlib.suppress(ConnectionResetError):
            await closing
        assert closing.done()
        writer.close()


async def test_half_a_head_has_its_time_over_tls_too(
    file: Path, certificates: Certificates
) -> None:
    async with guarded(file, patience=0.5) as served:
        sent = exchange(served.port, GET[:20], tls=client(certificates))
        assert await asyncio.wait_for(sent, DEADLINE) == b""


async def test_clients_that_must_have_a_certificate(
    tmp_path: Path, certificates: Certificates
) -> None:
    file = written(
        tmp_path,
        certificates,
        "client_auth_type: RequireAndVerifyClientCert",
        f"client_ca_file: {certificates.ca}",
    )
    async with guarded(file) as served:
        known = client(certificates, certificates.client)
        assert (await served.get("/metrics", tls=known)).status == 200
        for unknown in (None, certificates.expired):
            with contextlib.suppress(OSError):
                got = await exchange(served.port, GET, tls=client(certificates, unknown))
                assert got == b""


async def test_clients_that_may_have_one(tmp_path: Path, certificates: Certificates) -> None:
    file = written(
        tmp_path,
        certificates,
        "client_auth_type: VerifyClientCertIfGiven",
        f"client_ca_file: {certificates.ca}",
    )
    async with guarded(file) as served:
        for pair in (None, certificates.client):
            tls = client(certificates, pair)
            assert (await served.get("/metrics", tls=tls)).status == 200
        with contextlib.suppress(OSError):
            expired = client(certificates, certificates.expired)
            assert await exchange(served.port, GET, tls=expired) == b""


@pytest.mark.parametrize(("name", "let_in"), [("127.0.0.1", True), ("other.example", False)])
async def test_clients_that_must_have_a_name(
    tmp_path: Path, certificates: Certificates, name: str, let_in: bool
) -> None:
    file = written(
        tmp_path,
        certificates,
        "client_auth_type: RequireAndVerifyClientCert",
        f"client_ca_file: {certificates.ca}",
        f"client_allowed_sans: [{name}]",
    )
    got = b""
    async with guarded(file) as served:
        with contextlib.suppress(ConnectionError):
            tls = client(certificates, certificates.client)
            got = await exchange(served.port, GET, tls=tls)
    assert got.startswith(OK) is let_in


async def test_a_connection_costs_little_memory(file: Path) -> None:
    async with guarded(file):
        assert sslproto.SSLProtocol.max_size == 2**14


@pytest.mark.parametrize("trust", ["--cacert", "--insecure", None])
async def test_the_container_probe_asks_over_tls(
    file: Path, certificates: Certificates, trust: str | None
) -> None:
    flags = {"--cacert": ["--cacert", str(certificates.ca)], "--insecure": ["--insecure"]}
    async with guarded(file) as served:
        url = f"https://localhost:{served.port}/healthz"
        asked = await asyncio.to_thread(
            subprocess.run,
            [sys.executable, "-m", "redis_health.healthcheck", "--url", url]
            + (flags[trust] if trust else []),
            capture_output=True,
            text=True,
            timeout=DEADLINE,
        )
    assert asked.returncode == (0 if trust else 1), asked.stderr
    assert ("certificate" in asked.stderr) is (trust is None)

"""The container probe, run as the program that it is, against small servers on loopback."""

from __future__ import annotations

import base64
import contextlib
import datetime
import ipaddress
import json
import os
import shutil
import socket
import socketserver
import ssl
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from redis_health import __version__
from redis_health.healthcheck import main

ROOT = Path(__file__).parents[1]
V4, V6 = "127.0.0.1", "::1"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
SECRET = "s3cret"

Talk = Callable[[socket.socket, threading.Event], None]


def healthcheck(*arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    """Run the program; far above every --timeout of this file, a hanging one is killed."""
    return subprocess.run(
        [sys.executable, "-m", "redis_health.healthcheck", *arguments],
        cwd=ROOT,
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def complaint(result: subprocess.CompletedProcess[str], status: int = 1) -> str:
    """The one line of a run that must have failed with ``status``."""
    assert (result.returncode, result.stdout) == (status, "")
    assert result.stderr.startswith("healthcheck: ")
    assert result.stderr.count("\n") == 1
    assert result.stderr.endswith("\n")
    return result.stderr


def assert_healthy(result: subprocess.CompletedProcess[str]) -> None:
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


class Servers:
    """Starts servers on loopback, and ends them and their connections with the test."""

    def __init__(self, stack: contextlib.ExitStack) -> None:
        self.requests: list[bytes] = []
        self._stack = stack
        self._done = threading.Event()
        stack.callback(self._done.set)

    def __call__(
        self,
        talk: bytes | Talk,
        host: str = V4,
        port: int = 0,
        *,
        tls: ssl.SSLContext | None = None,
        listen_to_request: bool = True,
    ) -> int:
        """Serve on the port, or on a free one; ``talk`` is the answer, or makes it."""
        servers = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                with contextlib.suppress(OSError):
                    if tls is None:
                        servers._answer(self.request, talk, listen_to_request)
                    else:
                        with tls.wrap_socket(self.request, server_side=True) as secured:
                            servers._answer(secured, talk, listen_to_request)

        class Server(socketserver.ThreadingTCPServer):
            address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
            allow_reuse_address = True

            def server_bind(self) -> None:
                if ":" in host:
                    self.socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
                super().server_bind()

        server = self._stack.enter_context(Server((host, port), Handler))
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        self._stack.callback(thread.join)
        self._stack.callback(server.shutdown)
        self._stack.callback(self._done.set)
        return int(server.server_address[1])

    def black_hole(self, host: str, port: int) -> None:
        """Listen with a backlog that is full, so that the kernel drops every SYN."""
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listener = self._stack.enter_context(socket.socket(family))
        if ":" in host:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listener.bind((host, port))
        listener.listen(0)
        for _ in range(8):
            filler = self._stack.enter_context(socket.socket(family))
            filler.settimeout(0.1)
            try:
                filler.connect((host, port))
            except TimeoutError:
                return
        pytest.skip("this kernel accepts beyond the backlog")

    def _answer(self, connection: socket.socket, talk: bytes | Talk, listen: bool) -> None:
        request = b""
        while listen and not request.endswith(b"\r\n\r\n"):
            request += connection.recv(65536) or b"\r\n\r\n"
        self.requests.append(request)
        if isinstance(talk, bytes):
            connection.sendall(talk)
        else:
            talk(connection, self._done)


@pytest.fixture
def serve() -> Iterator[Servers]:
    with contextlib.ExitStack() as stack:
        yield Servers(stack)


@pytest.fixture
def shared_port() -> int:
    """A port that is free on both loopback addresses."""
    for _ in range(50):
        with socket.socket() as four, socket.socket(socket.AF_INET6) as six:
            four.bind((V4, 0))
            port = int(four.getsockname()[1])
            try:
                six.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
                six.bind((V6, port))
            except OSError:
                continue
            return port
    pytest.skip("no IPv6 loopback here")


def silence(connection: socket.socket, done: threading.Event) -> None:
    done.wait()


def trickle(start: bytes) -> Talk:
    """Send ``start``, then a byte every tenth of a second for as long as the test lasts."""

    def talk(connection: socket.socket, done: threading.Event) -> None:
        connection.sendall(start)
        while not done.wait(0.1):
            connection.sendall(b"x")

    return talk


def answer(status: str, body: bytes, *headers: str) -> bytes:
    head = "\r\n".join([f"HTTP/1.1 {status}", *headers, f"Content-Length: {len(body)}", "", ""])
    return head.encode() + body


# --- what an answer means


@pytest.mark.parametrize("status", ["200 OK", "204 No Content", "302 Found", "304 Not Modified"])
@pytest.mark.parametrize("flag", ["--url", "--http"])
def test_success_and_redirect_are_healthy(serve: Servers, status: str, flag: str) -> None:
    port = serve(f"HTTP/1.1 {status}\r\nLocation: http://{V4}:1/\r\n\r\n".encode())
    assert_healthy(healthcheck(flag, f"http://{V4}:{port}/healthz"))
    assert len(serve.requests) == 1


def test_an_interim_answer_is_not_the_answer(serve: Servers) -> None:
    port = serve(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 503 No\r\n\r\n")
    assert "HTTP 503" in complaint(healthcheck("--url", f"http://{V4}:{port}/"))


def test_bare_line_feeds_are_understood(serve: Servers) -> None:
    port = serve(b"HTTP/1.0 200 OK\nServer: a shell script\n\n")
    assert_healthy(healthcheck("--url", f"http://{V4}:{port}/"))


def test_a_good_answer_needs_no_body(serve: Servers) -> None:
    def stall(connection: socket.socket, done: threading.Event) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n")
        done.wait()

    port = serve(stall)
    assert_healthy(healthcheck("--url", f"http://{V4}:{port}/", "--timeout", "20"))


OUR_BODY = {
    "status": "error",
    "reasons": [
        {"code": "MISCONF_RDB", "message": "writes are stopped\nby a failed save"},
        {"code": "SLOW", "message": "second"},
    ],
}
NESTED = b'{"a":' * 10_000


@pytest.mark.parametrize(
    ("reply", "told"),
    [
        (answer("404 Not Found", b"404: Not Found"), "HTTP 404: 404: Not Found"),
        (answer("503 No", b""), "HTTP 503"),
        (answer("101 Switching Protocols", b""), "HTTP 101"),
        (
            answer("503 No", json.dumps(OUR_BODY).encode()),
            "HTTP 503: status error, MISCONF_RDB: writes are stopped by a failed save",
        ),
        (answer("503 No", b'{"status":"error"}'), "HTTP 503: status error"),
        (answer("503 No", b'{"detail":"gone"}'), 'HTTP 503: {"detail":"gone"}'),
        (answer("503 No", b'{"status": 7, "reasons": "x"}'), '{"status": 7, "reasons": "x"}'),
        (answer("500 No", b'{"broken'), 'HTTP 500: {"broken'),
        (answer("500 No", NESTED), f"HTTP 500: {NESTED[:200].decode()}…"),
        (answer("503 No", b"\n ping: timed out \nsecond line\n"), "HTTP 503: ping: timed out"),
        (answer("503 No", b"red \x1b[31malarm\x07"), "HTTP 503: red [31malarm"),
        (answer("503 No", b"<html>\n<h1>Unavailable</h1>"), "HTTP 503"),
        (answer("500 No", b"y" * 300), f"HTTP 500: {'y' * 200}…"),
        (
            b"HTTP/1.1 503 No\r\nTransfer-Encoding: Chunked\r\n\r\n"
            b'9;x=y\r\n{"status"\r\n9\r\n:"error"}\r\n0\r\n\r\n',
            "HTTP 503: status error",
        ),
        (
            b"HTTP/1.1 503 No\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nlate\r\nzz\r\n",
            "HTTP 503: late",
        ),
    ],
)
def test_a_bad_answer_is_told_in_one_line(serve: Servers, reply: bytes, told: str) -> None:
    port = serve(reply)
    result = healthcheck("--url", f"http://{V4}:{port}/health", PYTHONIOENCODING="utf-8")
    line = complaint(result)
    assert line.startswith(f"healthcheck: http://{V4}:{port}/health: HTTP ")
    assert line.endswith(f"{told}\n")


def test_a_bad_answer_is_told_although_its_body_never_ends(serve: Servers) -> None:
    port = serve(trickle(b"HTTP/1.1 503 No\r\n\r\nredis is frozen\n"))
    line = complaint(healthcheck("--url", f"http://{V4}:{port}/"))
    assert line.endswith("HTTP 503: redis is frozen\n")


def test_a_body_without_end_is_not_read_to_the_end(serve: Servers) -> None:
    def flood(connection: socket.socket, done: threading.Event) -> None:
        connection.sendall(b"HTTP/1.1 500 No\r\n\r\nflood\n")
        while not done.is_set():
            connection.sendall(b"y" * 65536)

    port = serve(flood)
    assert complaint(healthcheck("--url", f"http://{V4}:{port}/")).endswith("HTTP 500: flood\n")


# --- what is no answer


def test_refused(shared_port: int) -> None:
    line = complaint(healthcheck("--url", f"http://{V4}:{shared_port}/healthz"))
    place = f"{V4}:{shared_port}"
    assert line == f"healthcheck: http://{place}/healthz: Connection refused ({place})\n"


def test_every_address_is_named_when_all_fail(shared_port: int) -> None:
    line = complaint(healthcheck("--url", f"http://localhost:{shared_port}/"))
    assert line.endswith(f": Connection refused ({V4}:{shared_port}, [{V6}]:{shared_port})\n")


def test_different_failures_are_told_apart(serve: Servers, shared_port: int) -> None:
    serve(b"-ERR no\r\n", V4, shared_port)
    line = complaint(healthcheck("--url", f"http://localhost:{shared_port}/"))
    assert f"not HTTP: b'-ERR no' ({V4}:{shared_port}); Connection refused ([{V6}]:" in line


@pytest.mark.parametrize(
    ("reply", "told"),
    [
        (b"", "connection closed without an answer"),
        (b"HTTP/1.1 200 OK\r\nServer: x\r\n", "closed in the middle of the answer's head"),
        (b"-ERR unknown command\r\n", "the answer is not HTTP: b'-ERR unknown command'"),
        (b"SSH-2.0-\x00\xff\x1b\n\r\n\r\n", r"the answer is not HTTP: b'SSH-2.0-\x00\xff\x1b'"),
        (b"HTTP/1.1 2OO OK\r\n\r\n", "the answer is not HTTP: b'HTTP/1.1 2OO OK'"),
        (b"HTTP/1.1 42 Odd\r\n\r\n", "the answer is not HTTP: b'HTTP/1.1 42 Odd'"),
        (b"HTTP/1.1\r\n\r\n", "the answer is not HTTP: b'HTTP/1.1'"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"y" * 70_000 + b"\r\n\r\n", "longer than 65536 bytes"),
    ],
)
def test_what_is_no_http(serve: Servers, reply: bytes, told: str) -> None:
    port = serve(reply)
    assert told in complaint(healthcheck("--url", f"http://{V4}:{port}/"))


def test_a_large_head_within_the_bound_is_read(serve: Servers) -> None:
    port = serve(b"HTTP/1.1 200 OK\r\nX: " + b"y" * 65_000 + b"\r\n\r\n")
    assert_healthy(healthcheck("--url", f"http://{V4}:{port}/"))


@pytest.mark.parametrize("name", ["bad..name", f"{'a' * 64}.example"])
def test_a_name_that_does_not_resolve(name: str) -> None:
    assert f"cannot resolve {name}: " in complaint(healthcheck("--url", f"http://{name}/"))


# --- the deadline


@pytest.mark.parametrize(
    ("talk", "phase"),
    [
        (silence, "waiting for an answer"),
        (trickle(b""), "not HTTP"),
        (trickle(b"HTTP/1.1 200 OK\r\nX: "), "in the middle of the answer's head"),
        (trickle(b"HTTP/1.1 103 Early Hints\r\n\r\n"), "not HTTP"),
    ],
)
def test_the_deadline_holds_whatever_the_peer_does(serve: Servers, talk: Talk, phase: str) -> None:
    port = serve(talk)
    started = time.monotonic()
    line = complaint(healthcheck("--url", f"http://{V4}:{port}/", "--timeout=1"))
    took = time.monotonic() - started
    assert phase in line
    assert took < 10
    if "not HTTP" not in phase:
        assert took >= 1
        assert f": timed out after 1 s {phase} ({V4}:{port})\n" in line


def test_a_slow_answer_may_use_all_of_the_time(serve: Servers, shared_port: int) -> None:
    """The second address is asked meanwhile, and its silence does not hide the answer."""
    asked = threading.Event()

    def late(connection: socket.socket, done: threading.Event) -> None:
        asked.wait(20)
        connection.sendall(OK)

    def second(connection: socket.socket, done: threading.Event) -> None:
        asked.set()
        done.wait()

    serve(late, V4, shared_port)
    serve(second, V6, shared_port)
    assert_healthy(healthcheck("--url", f"http://localhost:{shared_port}/", "--timeout", "20"))
    assert asked.is_set()


def test_connecting_is_bounded(serve: Servers, shared_port: int) -> None:
    serve.black_hole(V4, shared_port)
    line = complaint(healthcheck("--url", f"http://{V4}:{shared_port}/", "--timeout", "0.5"))
    assert f"timed out after 0.5 s connecting ({V4}:{shared_port})" in line


STUCK_RESOLVER = textwrap.dedent(
    """
    import socket, sys
    from redis_health.healthcheck import main
    with socket.socket(type=socket.SOCK_DGRAM) as mute:
        mute.bind(("127.0.0.1", 53))
        sys.exit(main(["--url", "http://redis.example/", "--timeout", "0.5"]))
    """
)


def test_a_name_server_that_never_answers(tmp_path: Path) -> None:
    """With a resolver of its own: the C library waits for five seconds, and again."""
    unshare = shutil.which("unshare")
    private = [unshare or "", "--user", "--map-root-user", "--mount", "--net"]
    if unshare is None or subprocess.run([*private, "true"], check=False).returncode:
        pytest.skip("no private namespaces here")
    settings = tmp_path / "resolv.conf"
    settings.write_text("nameserver 127.0.0.1\n")
    script = f'ip link set lo up && mount --bind {settings} /etc/resolv.conf && exec "$@"'
    started = time.monotonic()
    result = subprocess.run(
        [*private, "sh", "-c", script, "sh", sys.executable, "-c", STUCK_RESOLVER],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    line = complaint(result)
    assert "http://redis.example/: timed out after 0.5 s resolving redis.example" in line
    assert time.monotonic() - started < 4


NO_ROOM_FOR_THREADS = textwrap.dedent(
    """
    import resource, sys, threading
    from redis_health.healthcheck import main
    threading.stack_size(2**30)
    resource.setrlimit(resource.RLIMIT_AS, (2**29, 2**29))
    sys.exit(main(["--url", "http://127.0.0.1:9/"]))
    """
)


def test_a_container_that_has_no_room_for_a_thread() -> None:
    result = subprocess.run(
        [sys.executable, "-c", NO_ROOM_FOR_THREADS],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert "no room for another thread" in complaint(result)


# --- every address of the name


@pytest.mark.parametrize("host", [V4, V6])
def test_localhost_is_both_families(serve: Servers, shared_port: int, host: str) -> None:
    serve(OK, host, shared_port)
    assert_healthy(healthcheck("--url", f"http://localhost:{shared_port}/"))


@pytest.mark.parametrize(("dead", "alive"), [(V4, V6), (V6, V4)])
def test_a_black_holed_address_does_not_eat_the_deadline(
    serve: Servers, shared_port: int, dead: str, alive: str
) -> None:
    serve.black_hole(dead, shared_port)
    serve(OK, alive, shared_port)
    assert_healthy(healthcheck("--url", f"http://localhost:{shared_port}/"))


@pytest.mark.parametrize("talk", [silence, b"", b"-ERR no\r\n", trickle(b"HTTP/1.1 200")])
def test_the_next_address_is_asked_when_the_first_says_nothing_useful(
    serve: Servers, shared_port: int, talk: bytes | Talk
) -> None:
    serve(talk, V4, shared_port)
    serve(OK, V6, shared_port)
    assert_healthy(healthcheck("--url", f"http://localhost:{shared_port}/"))


def test_a_bad_answer_is_final(serve: Servers, shared_port: int) -> None:
    serve(answer("503 No", b""), V4, shared_port)
    serve(silence, V6, shared_port)
    line = complaint(healthcheck("--url", f"http://localhost:{shared_port}/"))
    assert line.endswith("/: HTTP 503\n")


# --- the request


def test_the_request(serve: Servers) -> None:
    port = serve(OK)
    assert_healthy(healthcheck("--url", f"http://{V4}:{port}?q=ü#there"))
    lines = serve.requests[0].decode().split("\r\n")
    assert lines[0] == "GET /?q=%C3%BC HTTP/1.1"
    assert f"Host: {V4}:{port}" in lines
    assert "Connection: close" in lines
    assert f"User-Agent: redis-health-healthcheck/{__version__}" in lines
    assert "Authorization" not in serve.requests[0].decode()


def test_an_ipv6_literal(serve: Servers, shared_port: int) -> None:
    serve(OK, V6, shared_port)
    assert_healthy(healthcheck("--url", f"HTTP://[{V6}]:{shared_port}/"))
    assert f"\r\nHost: [{V6}]:{shared_port}\r\n".encode() in serve.requests[0]


@pytest.mark.parametrize(
    ("userinfo", "login"),
    [
        ("user:pa%20ss%3A%C3%BC", "user:pa ss:ü"),
        ("token", "token:"),
        ("u:50%", "u:50%"),
        ("u:%zz", "u:%zz"),
        ("u:%4", "u:%4"),
        ("u:%+4", "u:%+4"),
        ("u:a@b", "u:a@b"),
    ],
)
def test_a_login_in_the_url_becomes_basic_authorization(
    serve: Servers, userinfo: str, login: str
) -> None:
    port = serve(OK)
    assert_healthy(healthcheck("--url", f"http://{userinfo}@{V4}:{port}/"))
    token = base64.b64encode(login.encode())
    assert b"\r\nAuthorization: Basic " + token + b"\r\n" in serve.requests[0]
    assert userinfo.encode() not in serve.requests[0]


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        (f"http://user:{SECRET}@{V4}:9/x", f"http://user:***@{V4}:9/x"),
        (f"http://{SECRET}@{V4}:9/x", f"http://***@{V4}:9/x"),
        (f"http://user:9/{SECRET}@{V4}:9/x", f"http://user:***@{V4}:9/x"),
        (f"http://user:a://{SECRET}@{V4}:9/x", f"http://user:***@{V4}:9/x"),
        (f"http://user:{SECRET}@[{V6}]:nine/x", f"http://user:***@[{V6}]:nine/x"),
        (f"ftp://user:{SECRET}@{V4}/x", f"ftp://user:***@{V4}/x"),
        (f"user:{SECRET}@{V4}:9/x", f"user:***@{V4}:9/x"),
        (f"http://user:{SECRET} {SECRET}@{V4}:9/x", f"http://user:***@{V4}:9/x"),
    ],
)
def test_a_password_is_never_shown(url: str, shown: str) -> None:
    result = healthcheck("--url", url, "--timeout", "1")
    assert result.returncode in (1, 2)
    assert shown in complaint(result, result.returncode)
    assert SECRET not in result.stderr


# --- https


class Authority:
    """A certificate authority of one test run, which signs server certificates."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test authority")])
        certificate = self._sign(self._name, self._key, x509.BasicConstraints(True, None))
        self.file = str(directory / "ca.pem")
        Path(self.file).write_bytes(certificate.public_bytes(serialization.Encoding.PEM))

    def context(self, *names: str, valid_days: int = 1) -> ssl.SSLContext:
        """A server's TLS context with a certificate for these names and addresses."""
        key = ec.generate_private_key(ec.SECP256R1())
        alternatives: list[x509.GeneralName] = []
        for name in names:
            try:
                alternatives.append(x509.IPAddress(ipaddress.ip_address(name)))
            except ValueError:
                alternatives.append(x509.DNSName(name))
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "server")])
        certificate = self._sign(
            subject, key, x509.SubjectAlternativeName(alternatives), valid_days=valid_days
        )
        pem = self._directory / f"{'_'.join(names).replace(':', '-')}{valid_days}.pem"
        pem.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
            + certificate.public_bytes(serialization.Encoding.PEM)
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pem)
        return context

    def _sign(
        self,
        subject: x509.Name,
        key: ec.EllipticCurvePrivateKey,
        extension: x509.ExtensionType,
        *,
        valid_days: int = 1,
    ) -> x509.Certificate:
        now = datetime.datetime.now(datetime.UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=10))
            .not_valid_after(now + datetime.timedelta(days=valid_days))
            .add_extension(extension, critical=isinstance(extension, x509.BasicConstraints))
            .sign(self._key, hashes.SHA256())
        )


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("tls"))


@pytest.mark.parametrize("host", ["localhost", V4, f"[{V6}]"])
def test_https_with_an_own_authority(
    serve: Servers, shared_port: int, authority: Authority, host: str
) -> None:
    context = authority.context("localhost", V4, V6)
    serve(OK, host.strip("[]") if ":" in host else V4, shared_port, tls=context)
    url = f"https://{host}:{shared_port}/healthz"
    assert_healthy(healthcheck("--url", url, "--cacert", authority.file))
    assert serve.requests[0].startswith(b"GET /healthz HTTP/1.1\r\n")


def test_https_with_the_systems_authorities(serve: Servers, authority: Authority) -> None:
    port = serve(OK, tls=authority.context("localhost"))
    assert_healthy(healthcheck("--url", f"https://localhost:{port}/", SSL_CERT_FILE=authority.file))


def test_an_unknown_authority_is_not_trusted(serve: Servers, authority: Authority) -> None:
    port = serve(OK, tls=authority.context(V4))
    line = complaint(healthcheck("--url", f"https://{V4}:{port}/"))
    assert "bad certificate: unable to get local issuer certificate" in line
    assert serve.requests == []


def test_insecure_trusts_any_certificate(serve: Servers, authority: Authority) -> None:
    port = serve(OK, tls=authority.context("elsewhere.example", valid_days=-1))
    assert_healthy(healthcheck("--url", f"https://{V4}:{port}/", "--insecure"))


@pytest.mark.parametrize(
    ("name", "valid_days", "told"),
    [("elsewhere.example", 1, "not valid for"), (V4, -1, "certificate has expired")],
)
def test_a_bad_certificate_is_told(
    serve: Servers, authority: Authority, name: str, valid_days: int, told: str
) -> None:
    port = serve(OK, tls=authority.context(name, valid_days=valid_days))
    line = complaint(healthcheck("--url", f"https://{V4}:{port}/", f"--cacert={authority.file}"))
    assert ": bad certificate: " in line
    assert told in line


def test_plain_http_on_an_https_url(serve: Servers) -> None:
    port = serve(b"HTTP/1.1 400 Bad Request\r\n\r\n", listen_to_request=False)
    line = complaint(healthcheck("--url", f"https://{V4}:{port}/", "--insecure"))
    assert ": TLS failed: " in line


def test_the_deadline_holds_in_the_handshake(serve: Servers) -> None:
    port = serve(silence, listen_to_request=False)
    line = complaint(healthcheck("--url", f"https://{V4}:{port}/", "--insecure", "--timeout=0.5"))
    assert "timed out after 0.5 s in the TLS handshake" in line


def test_the_deadline_holds_after_the_handshake(serve: Servers, authority: Authority) -> None:
    port = serve(trickle(b"HTTP/1.1 200 OK\r\nX: "), tls=authority.context(V4))
    line = complaint(
        healthcheck("--url", f"https://{V4}:{port}/", "--insecure", "--timeout", "0.5")
    )
    assert "timed out after 0.5 s in the middle of the answer's head" in line


def test_the_file_of_certificates_is_named(tmp_path: Path) -> None:
    missing, empty = tmp_path / "missing.pem", tmp_path / "empty.pem"
    empty.write_text("no certificate\n")
    for file, told in (
        (missing, "No such file or directory"),
        (empty, "no certificate in PEM form"),
    ):
        line = complaint(healthcheck("--url", f"https://{V4}:9/", "--cacert", str(file)))
        assert line.endswith(f": --cacert {file}: {told}\n")


# --- the command line


URL = f"http://{V4}:9/"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "no --url is given"),
        (["--url"], "--url needs a value"),
        (["--url="], "--url needs a value"),
        (["--http", "--insecure"], "--http needs a value"),
        (["--url", URL, "--http", URL], "two URLs"),
        (["--url", URL, "--verbose"], "unexpected argument '--verbose'"),
        (["--url", URL, f"--token={SECRET}"], "unexpected argument '--token'"),
        ([f"-uhttp://u:{SECRET}@h/"], "unexpected argument"),
        (["--url", URL, "--insecure=yes"], "unexpected argument '--insecure'"),
        ([f"http://u:{SECRET}=x@h/"], "unexpected argument 'http://u:***@h/'"),
        (["--url", URL, "--timeout", "soon"], "--timeout 'soon' is no number of seconds"),
        (["--url", URL, "--timeout", "0"], "--timeout '0'"),
        (["--url", URL, "--timeout", "-1"], "--timeout '-1'"),
        (["--url", URL, "--timeout", "nan"], "--timeout 'nan'"),
        (["--url", URL, "--timeout", "inf"], "--timeout 'inf'"),
        (["--url", URL, "--timeout", "1e300"], "--timeout '1e300'"),
        (["--url", URL, "--insecure", "--cacert", "x"], "contradict"),
        (["--url", "localhost:9091/healthz"], "is no http:// or https:// URL"),
        (["--url", "redis://localhost"], "is no http:// or https:// URL"),
        (["--url", "http://"], "is no http:// or https:// URL"),
        (["--url", "http:///healthz"], "has no valid host"),
        (["--url", "http://:80/"], "has no valid host"),
        (["--url", "http://::1:80/"], "has no valid host"),
        (["--url", "http://[::1/"], "has no valid host"),
        (["--url", "http://[localhost]/"], "has no valid host"),
        (["--url", "http://[::1]80/"], "has no valid host"),
        (["--url", f"http://{'ü' * 70}.example/"], "has no valid host name"),
        (["--url", "http://h:0/"], "has no valid port"),
        (["--url", "http://h:65536/"], "has no valid port"),
        (["--url", "http://h:000080/"], "has no valid port"),
        (["--url", "http://h:http/"], "has no valid port"),
        (["--url", "http://h/\r\nX: y"], "holds a space or a control character"),
        (["--url", "http://h/a b"], "holds a space or a control character"),
    ],
)
def test_a_usage_error_is_one_line_and_status_2(arguments: list[str], told: str) -> None:
    line = complaint(healthcheck(*arguments, PYTHONIOENCODING="utf-8"), 2)
    assert told in line
    assert SECRET not in line


def test_help_and_version() -> None:
    told = healthcheck("--help")
    assert (told.returncode, told.stderr) == (0, "")
    for flag in ("--url", "--http", "--timeout", "--cacert", "--insecure", "--version"):
        assert flag in told.stdout
    assert healthcheck("-h").stdout == told.stdout
    version = healthcheck("--version")
    assert (version.returncode, version.stdout) == (
        0,
        f"healthcheck (redis-health) {__version__}\n",
    )


def test_main_returns_the_exit_status(
    serve: Servers, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The console script calls it without arguments."""
    port = serve(OK)
    monkeypatch.setattr(sys, "argv", ["healthcheck", "--url", f"http://{V4}:{port}/"])
    assert main() == 0
    assert main([]) == 2
    assert "no --url" in capsys.readouterr().err


# --- the start


def test_nothing_slow_is_imported_to_ask_a_healthy_url(serve: Servers) -> None:
    port = serve(OK)
    script = textwrap.dedent(
        f"""
        import sys
        from redis_health.healthcheck import main
        assert main(["--url", "http://localhost:{port}/"]) == 0
        print(*sorted(sys.modules))
        """
    )
    # Without site, whose .pth files may import anything; the package is found in the directory.
    result = subprocess.run(
        [sys.executable, "-S", "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    loaded = set(result.stdout.split())
    slow = {
        "aiohttp", "argparse", "asyncio", "click", "dataclasses", "encodings.idna", "http", "json",
        "logging", "prometheus_client", "re", "redis", "ssl", "structlog", "typing", "urllib",
    }  # fmt: skip
    assert loaded & slow == set()
    ours = {name for name in loaded if name.startswith("redis_health")}
    assert ours == {"redis_health", "redis_health.healthcheck"}

"""The container probe: asks one URL once, and tells by its exit status how that went.

It is started every few seconds inside a container, so it must start fast: what is not needed to
ask a healthy http URL is imported where it is used, and nothing of the service is imported at all.
"""

from __future__ import annotations

import queue
import socket
import sys
import threading
import time
from collections.abc import Callable, Sequence
from functools import partial

from redis_health import __version__

TYPE_CHECKING = False  # typing.TYPE_CHECKING, without the import of typing
if TYPE_CHECKING:
    from ssl import SSLContext
    from typing import TypeVar

    Result = TypeVar("Result")

HELP = """\
usage: healthcheck --url URL [options]

Ask URL once. Exit status 0 when it answers 2xx or 3xx, 1 with one line on stderr when it
does not, 2 when the command line is wrong. Redirects are not followed. Every address of the
name is tried. A user and password in the URL are sent as Basic authorization.

  --url URL, --http URL  the http:// or https:// URL
  --timeout SECONDS      for everything together: name, connection, TLS, answer (default 3)
  --cacert FILE          https: trust the certificates of this PEM file, not the system's
  --insecure             https: trust any certificate
  --version              show the version
  -h, --help             show this text
"""

DEFAULT_PORTS = {"http": 80, "https": 443}
MAX_TIMEOUT = 86400.0
#: Seconds after which the next address is asked too, while the one before stays silent.
HEAD_START = 0.25
#: Seconds that the text of a bad answer is worth waiting for.
BODY_PATIENCE = 0.5
#: Bytes that are read of an answer's head, and again of its body.
MAX_BYTES = 65536
#: Characters of an answer that are worth showing.
MAX_SHOWN = 200


class UsageError(Exception):
    """The command line is wrong; the message says where, without any password."""


class Unhealthy(Exception):
    """The URL did not answer well; the message says what happened instead."""


class URL:
    """The parts of an http or https URL that a request needs.

    ``shown`` is the URL for people, without its password; ``target`` the path and query to ask
    for; ``credentials`` the user and password, percent-decoded, joined by a colon.
    """

    def __init__(self, text: str) -> None:
        self.shown = redacted(text)
        self.scheme, _, rest = text.partition("://")
        self.scheme = self.scheme.lower()
        if self.scheme not in DEFAULT_PORTS or not rest:
            raise UsageError(f"{one_line(self.shown)!r} is no http:// or https:// URL")
        if " " in text or not text.isprintable():
            raise UsageError(f"{one_line(self.shown)!r} holds a space or a control character")
        end = min((at for at in map(rest.find, "/?#") if at >= 0), default=len(rest))
        userinfo, at, place = rest[:end].rpartition("@")
        target = rest[end:].partition("#")[0]
        self.target = ascii_only(target if target.startswith("/") else f"/{target}")
        user, _, password = userinfo.partition(":")
        self.credentials = unquoted(user) + b":" + unquoted(password) if at else None
        if place.startswith("["):
            host, closed, port = place[1:].partition("]")
            well_formed = bool(closed) and ":" in host and port[:1] in ("", ":")
            host, port = host.replace("%25", "%"), port[1:]
        else:
            host, _, port = place.partition(":")
            well_formed = bool(host)
        if not well_formed:
            raise UsageError(f"{self.shown!r} has no valid host (IPv6 goes in brackets)")
        numeric = port.isascii() and port.isdigit() and len(port) <= 5
        self.port = int(port) if numeric else 0 if port else DEFAULT_PORTS[self.scheme]
        if not 0 < self.port <= 65535:
            raise UsageError(f"{self.shown!r} has no valid port")
        try:
            # The idna codec is slow to import, and only names in other alphabets need it.
            self.host = host if host.isascii() else host.encode("idna").decode("ascii")
        except UnicodeError:
            raise UsageError(f"{self.shown!r} has no valid host name") from None

    @property
    def request(self) -> bytes:
        """The whole GET request."""
        # A zone such as %eth0 means something on this machine only.
        host = self.host.partition("%")[0]
        port = None if self.port == DEFAULT_PORTS[self.scheme] else self.port
        lines = [
            f"GET {self.target} HTTP/1.1",
            f"Host: {place_of(host, port)}",
            f"User-Agent: redis-health-healthcheck/{__version__}",
            "Accept: */*",
            "Connection: close",
        ]
        if self.credentials is not None:
            import binascii

            token = binascii.b2a_base64(self.credentials, newline=False).decode("ascii")
            lines.append(f"Authorization: Basic {token}")
        return "\r\n".join([*lines, "", ""]).encode("ascii")


class Options:
    """The command line; ``timeout`` is in seconds.

    Raises UsageError, which names the argument at fault.
    """

    def __init__(self, arguments: Sequence[str]) -> None:
        urls: list[str] = []
        self.timeout = 3.0
        self.cacert: str | None = None
        self.insecure = False
        rest = list(arguments)
        while rest:
            argument = rest.pop(0)
            if argument == "--insecure":
                self.insecure = True
                continue
            flag, has_value, value = argument.partition("=")
            if flag not in ("--url", "--http", "--timeout", "--cacert"):
                # What follows the equals sign may be a URL with a password.
                shown = redacted(flag) if flag.startswith("-") else redacted(argument)
                raise UsageError(f"unexpected argument {one_line(shown)!r}")
            if not has_value and rest and not rest[0].startswith("--"):
                value = rest.pop(0)
            if not value:
                raise UsageError(f"{flag} needs a value")
            if flag == "--timeout":
                self.timeout = seconds_of(value)
            elif flag == "--cacert":
                self.cacert = value
            else:
                urls.append(value)
        if len(urls) != 1:
            raise UsageError("two URLs are given, one is asked" if urls else "no --url is given")
        if self.insecure and self.cacert:
            raise UsageError("--cacert and --insecure contradict each other")
        self.url = URL(urls[0])


class Attempt:
    """The request to one address of the name, made in a thread of its own.

    ``phase`` is what it is at, ``failure`` how it failed (None while it has not).
    """

    def __init__(
        self, *, url: URL, family: int, address: tuple[object, ...], deadline: float
    ) -> None:
        self.phase = "connecting"
        self.failure: str | None = None
        self.place = place_of(str(address[0]), url.port)
        self._url = url
        self._family = family
        self._address = address
        self._deadline = deadline

    def ask(self, context: SSLContext | None) -> tuple[int, str]:
        """The status code of the answer, and for a bad one what it says, in one line."""
        with socket.socket(self._family, socket.SOCK_STREAM) as connection:
            self._limit(connection)
            connection.connect(self._address)
            if context is None:
                return self._converse(connection)
            self.phase = "in the TLS handshake"
            self._limit(connection)
            name = self._url.host.partition("%")[0].rstrip(".")
            with context.wrap_socket(connection, server_hostname=name) as secured:
                return self._converse(secured)

    def _converse(self, connection: socket.socket) -> tuple[int, str]:
        self.phase = "waiting for an answer"
        self._limit(connection)
        connection.sendall(self._url.request)
        head, body = self._head(connection, b"")
        code = status_of(head)
        while 100 <= code < 200 and code != 101:  # interim, but for a change of protocol
            head, body = self._head(connection, body)
            code = status_of(head)
        if healthy(code):
            return code, ""
        return code, detail_of(head, self._body(connection, body))

    def _head(self, connection: socket.socket, data: bytes) -> tuple[bytes, bytes]:
        while True:
            for end in (b"\r\n\r\n", b"\n\n"):
                head, found, rest = data.partition(end)
                if found:
                    return head, rest
            if not data.startswith(b"HTTP/1."[: len(data)]):
                raise Unhealthy(not_http(data))
            if len(data) >= MAX_BYTES:
                raise Unhealthy(f"the answer's head is longer than {MAX_BYTES} bytes")
            self._limit(connection)
            more = connection.recv(MAX_BYTES - len(data))
            if not more:
                when = "in the middle of the answer's head" if data else "without an answer"
                raise Unhealthy(f"connection closed {when}")
            data += more
            self.phase = "in the middle of the answer's head"

    def _body(self, connection: socket.socket, data: bytes) -> bytes:
        # The code is known and the text a courtesy: half the time that is left must remain, so
        # that the code is told whatever the peer does now.
        now = time.monotonic()
        self._deadline = now + min(BODY_PATIENCE, (self._deadline - now) / 2)
        try:
            while len(data) < MAX_BYTES:
                self._limit(connection)
                more = connection.recv(MAX_BYTES - len(data))
                if not more:
                    break
                data += more
        except OSError:
            return data
        return data

    def _limit(self, connection: socket.socket) -> None:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        connection.settimeout(left)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program; the result is the exit status: 0 healthy, 1 not, 2 a usage error."""
    started = time.monotonic()
    arguments = sys.argv[1:] if argv is None else argv
    if "--help" in arguments or "-h" in arguments:
        sys.stdout.write(HELP)
        return 0
    if "--version" in arguments:
        sys.stdout.write(f"healthcheck (redis-health) {__version__}\n")
        return 0
    try:
        options = Options(arguments)
    except UsageError as error:
        sys.stderr.write(f"healthcheck: {error}; see healthcheck --help\n")
        return 2
    try:
        check(options, deadline=started + options.timeout)
    except Unhealthy as error:
        sys.stderr.write(f"healthcheck: {options.url.shown}: {one_line(str(error))}\n")
        return 1
    return 0


def check(options: Options, *, deadline: float) -> None:
    """Ask the URL until ``deadline`` (monotonic seconds); raises Unhealthy."""
    url = options.url
    late = f"timed out after {options.timeout:g} s"
    context = None
    if url.scheme == "https":
        context = bounded(
            lambda: tls_context(options), deadline, f"{late} reading the trusted certificates"
        )
    addresses = bounded(lambda: resolve(url), deadline, f"{late} resolving {url.host}")
    attempts = [
        Attempt(url=url, family=family, address=address, deadline=deadline)
        for family, address in addresses
    ]
    answer = first_answer(attempts, context, deadline)
    if answer is None:
        failures: dict[str, list[str]] = {}
        for attempt in attempts:
            failure = attempt.failure or f"{late} {attempt.phase}"
            failures.setdefault(failure, []).append(attempt.place)
        raise Unhealthy("; ".join(f"{what} ({', '.join(who)})" for what, who in failures.items()))
    code, detail = answer
    if not healthy(code):
        raise Unhealthy(f"HTTP {code}: {detail}" if detail else f"HTTP {code}")


def first_answer(
    attempts: Sequence[Attempt], context: SSLContext | None, deadline: float
) -> tuple[int, str] | None:
    """The first HTTP answer of any address; None when all failed or the deadline passed.

    A failure starts the next attempt at once, silence after a head start: an address that swallows
    everything costs little, and a slow one may still use all of the time.
    """
    outcomes: queue.SimpleQueue[tuple[Attempt, tuple[int, str] | None]] = queue.SimpleQueue()

    def run(attempt: Attempt) -> None:
        answer = None
        try:
            answer = attempt.ask(context)
        except TimeoutError as error:
            # Without a number it is our deadline, which the phase tells; else the system gave up.
            attempt.failure = error.strerror
        except Exception as error:  # a thread must not die in silence
            attempt.failure = described(error)
        outcomes.put((attempt, answer))

    waiting = list(attempts)
    running = 0
    while waiting or running:
        if waiting:
            start(partial(run, waiting.pop(0)))
            running += 1
        patience = left = deadline - time.monotonic()
        if waiting:
            patience = min(HEAD_START, left / (len(waiting) + 1))
        try:
            _, answer = outcomes.get(timeout=max(0.0, patience))
        except queue.Empty:
            if time.monotonic() >= deadline:
                return None
            continue
        running -= 1
        if answer is not None:
            return answer
    return None


def bounded(work: Callable[[], Result], deadline: float, late: str) -> Result:
    """The result of ``work``; Unhealthy with ``late`` when it is not there by the deadline.

    A thread, because the C library restarts a name lookup that a signal interrupts.
    """
    outcomes: queue.SimpleQueue[Result | Exception] = queue.SimpleQueue()

    def run() -> None:
        try:
            outcomes.put(work())
        except Exception as error:  # handed to the caller
            outcomes.put(error)

    start(run)
    try:
        outcome = outcomes.get(timeout=max(0.0, deadline - time.monotonic()))
    except queue.Empty:
        raise Unhealthy(late) from None
    if isinstance(outcome, Exception):
        raise outcome
    return outcome


def start(run: Callable[[], None]) -> None:
    """Start a thread that the end of the program does not wait for; Unhealthy when it cannot."""
    try:
        threading.Thread(target=run, daemon=True).start()
    except RuntimeError as error:
        raise Unhealthy(f"this container has no room for another thread ({error})") from error


def resolve(url: URL) -> list[tuple[int, tuple[object, ...]]]:
    """Every address of the URL's host, as family and socket address; raises Unhealthy."""
    # Images without a hosts file, or with half of one, still have both loopback addresses.
    names = ["127.0.0.1", "::1"] if url.host.lower() == "localhost" else [url.host]
    try:
        found = [
            (family, address)
            # As bytes, since a string is taken through the idna codec.
            for name in names
            for family, _, _, _, address in socket.getaddrinfo(
                name.encode("ascii"), url.port, type=socket.SOCK_STREAM
            )
        ]
    except OSError as error:
        raise Unhealthy(f"cannot resolve {url.host}: {error.strerror}") from error
    return list(dict.fromkeys(found))


def tls_context(options: Options) -> SSLContext:
    """What is trusted; raises Unhealthy when the file of certificates is no use."""
    import ssl

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if options.insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    elif options.cacert is None:
        context.load_default_certs()
    else:
        try:
            context.load_verify_locations(options.cacert)
        except ssl.SSLError as error:
            raise Unhealthy(f"--cacert {options.cacert}: no certificate in PEM form") from error
        except OSError as error:
            raise Unhealthy(f"--cacert {options.cacert}: {error.strerror}") from error
    return context


def status_of(head: bytes) -> int:
    """The status code of an HTTP/1 head; raises Unhealthy where there is none."""
    words = head.partition(b"\n")[0].split()
    code = words[1] if len(words) > 1 else b""
    if len(code) != 3 or not code.isdigit() or int(code) < 100:
        raise Unhealthy(not_http(head))
    return int(code)


def healthy(code: int) -> bool:
    """Whether a status code is success: 2xx, or a redirect."""
    return 200 <= code < 400


def not_http(data: bytes) -> str:
    """What to say of an answer that is not HTTP."""
    line = data.partition(b"\n")[0].rstrip()
    return f"the answer is not HTTP: {line[:MAX_SHOWN]!r}"


def detail_of(head: bytes, body: bytes) -> str:
    """What a bad answer says: the first reason of our own JSON, or the first line of a text."""
    if b"transfer-encoding: chunked" in head.lower():
        body = joined(body)
    text = body.decode("utf-8", "replace").strip()
    if text.startswith("{"):
        text = reason_in(text) or text
    elif text.startswith("<"):
        text = ""
    line = one_line(text.partition("\n")[0])
    return line if len(line) <= MAX_SHOWN else f"{line[:MAX_SHOWN]}…"


def reason_in(text: str) -> str:
    """The status and the first reason in a JSON object, empty when it has no such keys."""
    import json

    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return ""
    told = []
    if isinstance(document.get("status"), str):
        told.append(f"status {document['status']}")
    match document.get("reasons"):
        case [{"code": str(code), "message": str(message)}, *_]:
            told.append(f"{code}: {message}")
    return one_line(", ".join(told))


def joined(chunks: bytes) -> bytes:
    """The data of a chunked body, as far as it was received."""
    data = b""
    while chunks:
        size, _, chunks = chunks.partition(b"\r\n")
        try:
            length = int(size.partition(b";")[0], 16)
        except ValueError:
            break
        if length <= 0:
            break
        data += chunks[:length]
        chunks = chunks[length + 2 :]
    return data


def described(error: Exception) -> str:
    """What to say of an error of the connection."""
    if mistrust := getattr(error, "verify_message", ""):
        return f"bad certificate: {mistrust}"
    if isinstance(error, OSError):
        if reason := getattr(error, "reason", ""):
            return f"TLS failed: {reason.replace('_', ' ').lower()}"
        return error.strerror or str(error) or type(error).__name__
    return str(error) if isinstance(error, Unhealthy) else f"{type(error).__name__}: {error}"


def seconds_of(text: str) -> float:
    """The value of --timeout; raises UsageError."""
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds <= MAX_TIMEOUT:
        shown = one_line(redacted(text))
        raise UsageError(f"--timeout {shown!r} is no number of seconds (up to {MAX_TIMEOUT:g})")
    return seconds


def redacted(url: str) -> str:
    """The URL without its password, whatever else is wrong with it.

    All before the last @ counts as the login, for a password may hold a character that ought to
    have been percent-encoded.
    """
    before, at, rest = url.rpartition("@")
    if not at:
        return url
    scheme, separator, login = before.partition("://") if "://" in before else ("", "", before)
    user, colon, _ = login.partition(":")
    return f"{scheme}{separator}{user if colon else ''}{colon}***@{rest}"


def unquoted(text: str) -> bytes:
    """The text with its percent escapes decoded."""
    first, *rest = text.encode("utf-8").split(b"%")
    for part in rest:
        try:
            byte = bytes.fromhex(part[:2].decode("ascii"))
        except ValueError:
            byte = b""
        first += byte + part[2:] if byte else b"%" + part
    return first


def ascii_only(target: str) -> str:
    """The path and query with everything else than ASCII percent-encoded."""
    return "".join(c if c.isascii() else "".join(f"%{b:02X}" for b in c.encode()) for c in target)


def place_of(host: str, port: int | None) -> str:
    """Host and port for people and for the Host header, with brackets around IPv6."""
    name = f"[{host}]" if ":" in host else host
    return name if port is None else f"{name}:{port}"


def one_line(text: str) -> str:
    """The text in one line that does nothing to a terminal."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


if __name__ == "__main__":
    sys.exit(main())

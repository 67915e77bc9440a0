"""Requests as strangers write them, byte by byte."""

from __future__ import annotations

import asyncio
import contextlib
import re

import pytest

from tests.web.guarded import Answer, parsed
from tests.web.test_app import PATHS
from tests.web.test_server import connected, listening

END = "\r\nHost: x\r\nConnection: close\r\n\r\n"
METHODS = ("POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND")
NOT_MARKUP = "text/plain; charset=utf-8"
HARMLESS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Server": "redis-health",
}


async def raw(sent: str | bytes) -> Answer:
    """The only answer to what is sent."""
    data = sent if isinstance(sent, bytes) else sent.encode("latin-1")
    async with listening() as port, connected(port) as client:
        await client.send(data)
        return parsed(await client.rest())


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("method", METHODS)
async def test_get_and_head_alone(method: str, path: str) -> None:
    answer = await raw(f"{method} {path} HTTP/1.1{END}")
    assert answer.status == 405
    assert answer.headers["Allow"] == "GET,HEAD"
    assert answer.text == "405: Method Not Allowed\n"


async def test_a_made_up_method_is_a_method() -> None:
    answer = await raw(f"MADE-UP /healthz HTTP/1.1{END}")
    assert (answer.status, answer.text) == (405, "405: Method Not Allowed\n")
    assert answer.headers["Allow"] == "GET,HEAD"


@pytest.mark.parametrize("line", ["made up nonsense", "GET", "<b> / HTTP/1.1", "\x16\x03\x01"])
async def test_what_is_no_request_line_is_no_request(line: str) -> None:
    answer = await raw(f"{line}{END}")
    assert (answer.status, answer.text) == (400, "400: Bad Request\n")


@pytest.mark.parametrize("target", ["redis:6379", "/healthz", "127.0.0.1:9091"])
async def test_nothing_is_tunnelled(target: str) -> None:
    answer = await raw(f"CONNECT {target} HTTP/1.1{END}")
    assert answer.status in {400, 404, 405}


@pytest.mark.parametrize(
    "path",
    [
        "/../etc/passwd",
        "/../../../../etc/passwd",
        "/..%2f..%2fetc/passwd",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/metrics/../../etc/passwd",
        "/readyz/../../etc/passwd",
        "/readyz/..%2f..%2fetc%2fpasswd",
        "/readyz/%2e%2e",
        "//etc/passwd",
        "///",
        "//healthz",
        "/healthz%00",
        "/%00",
        "/healthz/",
        "/.git/config",
        "/static/style.css",
        "/favicon.ico",
        "/readyz/ping/..",
        "/readyz/<script>alert(1)</script>",
        "/" + "%2e" * 1000,
        "http://elsewhere/etc/passwd",
        "file:///etc/passwd",
        "*",
        "\\..\\etc\\passwd",
    ],
)
async def test_there_are_no_files(path: str) -> None:
    answer = await raw(f"GET {path} HTTP/1.1{END}")
    assert answer.status in {400, 404}
    assert answer.headers["Content-Type"] == NOT_MARKUP
    assert answer.text in {
        "400: Bad Request\n",
        "404: Not Found\n",
        "no check has this name; the checks are ping, memory\n",
    }


async def test_a_whole_address_is_the_path_in_it() -> None:
    assert (await raw(f"GET http://elsewhere/healthz HTTP/1.1{END}")).status == 200


@pytest.mark.parametrize(
    "request_line",
    [
        "GET /readyz?exclude=<script>alert(1)</script> HTTP/1.1",
        "GET /readyz?exclude=%3Cscript%3E HTTP/1.1",
        "GET /readyz/<script> HTTP/1.1",
        "GET /startupz/%3Cscript%3E HTTP/1.1",
        "GET /<script> HTTP/1.1",
        "GET /scrape?target=<script> HTTP/1.1",
        "GET /scrape?target=redis://<script>@x HTTP/1.1",
        "<script> / HTTP/1.1",
        "GET / <script>",
        "GET /?<script> HTTP/1.1",
        "GET / HTTP/1.1\r\n<script>: x",
        "GET / HTTP/1.1\r\nAccept: <script>",
        "GET / HTTP/1.1\r\nExpect: <script>",
        "GET /nothing HTTP/1.1\r\nExpect: <script>",
        "HEAD / HTTP/1.1\r\nExpect: <script>",
    ],
)
async def test_no_answer_holds_what_was_sent(request_line: str) -> None:
    answer = await raw(request_line + END)
    whole = f"{answer.headers} {answer.text}"
    assert not re.search(r"<script|%3Cscript|alert", whole)
    for name, value in HARMLESS.items():
        assert answer.headers[name] == value
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize("path", [*PATHS, "/nothing"])
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
async def test_headers_of_every_answer(method: str, path: str) -> None:
    answer = await raw(f"{method} {path} HTTP/1.1{END}")
    for name, value in HARMLESS.items():
        assert answer.headers[name] == value
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'; ")
    assert "Strict-Transport-Security" not in answer.headers
    assert not re.search(r"aiohttp|python", str(answer.headers), re.IGNORECASE)


@pytest.mark.parametrize(
    "sent",
    [
        f"GET /{'x' * 9000} HTTP/1.1{END}",
        f"GET / HTTP/1.1\r\nX: {'x' * 9000}{END}",
        f"GET / HTTP/1.1\r\n{'x' * 9000}: x{END}",
        "GET / HTTP/1.1\r\n" + "".join(f"X{i}: x\r\n" for i in range(200)) + END,
        f"GET / HTTP/1.1\r\nContent-Length: -1{END}",
        f"GET / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2{END}",
        f"GET / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked{END}",
        f"GET / HTTP/1.1\r\nX: a\0b{END}",
        f"GET / HTTP/9.9{END}",
    ],
    ids=lambda sent: f"{len(sent)}B {sent[:40]!r}",
)
async def test_what_is_too_much_or_ambiguous_is_one_plain_line(sent: str) -> None:
    answer = await raw(sent)
    assert answer.status in {400, 414, 431, 505}
    assert answer.text.startswith(f"{answer.status}: ")
    assert answer.text.count("\n") == 1
    assert answer.headers["Content-Type"] == NOT_MARKUP


async def test_a_head_without_end_is_cut_off() -> None:
    async with listening() as port, connected(port) as client:
        with contextlib.suppress(ConnectionError):
            await client.send(b"GET / HTTP/1.1\r\n")
            for number in range(100_000):
                await client.send(b"X%d: y\r\n" % number)
        with contextlib.suppress(ConnectionError):
            assert b" 400 " in await client.rest()


@pytest.mark.parametrize(
    "head",
    [
        "GET /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000000\r\n\r\n",
        "POST /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000000\r\n\r\n",
        "GET /healthz HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n",
        "GET /healthz HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n"
        "Content-Encoding: gzip\r\n\r\n",
    ],
    ids=["GET", "POST", "chunked", "compressed"],
)
async def test_a_body_without_end_is_cut_off(head: str) -> None:
    """The answer comes at once, and what follows is neither kept nor read for long."""
    loop = asyncio.get_running_loop()
    chunk = b"10000\r\n" + bytes(65536) + b"\r\n"
    async with listening(patience=20.0) as port, connected(port) as client:
        started = loop.time()
        await client.send(head.encode())
        assert (await client.answer()).split(b" ")[1] in {b"200", b"405"}
        with contextlib.suppress(ConnectionError):
            while loop.time() - started < 10:
                await client.send(chunk)
        assert loop.time() - started < 5


async def test_a_small_body_is_passed_over() -> None:
    async with listening() as port, connected(port) as client:
        for _ in range(3):
            await client.send(b"GET /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nbody")
            assert b" 200 OK" in await client.answer()


async def test_the_page_shows_nothing_of_the_request() -> None:
    evil = "'\"><script>alert(1)</script>"
    async with listening() as port, connected(port) as client:
        head = f"GET /?x={evil} HTTP/1.1\r\nHost: {evil}\r\nUser-Agent: {evil}\r\n"
        await client.send(f"{head}Connection: close\r\n\r\n".encode())
        answer = parsed(await client.rest())
    assert "alert" not in answer.text

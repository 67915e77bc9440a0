"""The bodies that the endpoints have in common."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from aiohttp import hdrs, web

#: On every response: no cache keeps an old green, no browser guesses a type, no version leaks.
COMMON_HEADERS: Mapping[str, str] = {
    hdrs.CACHE_CONTROL: "no-store",
    "X-Content-Type-Options": "nosniff",
    hdrs.SERVER: "redis-health",
}

_PLAIN = {hdrs.CONTENT_TYPE: "text/plain; charset=utf-8"}


def encoded(text: str) -> bytes:
    """UTF-8; what Redis sent and is none (a lone surrogate by now) is escaped."""
    return text.encode("utf-8", "backslashreplace")


def plain(lines: Iterable[str], *, status: int = 200) -> web.Response:
    """Plain text, every line ended."""
    body = encoded("".join(f"{line}\n" for line in lines))
    return web.Response(status=status, body=body, headers=_PLAIN)

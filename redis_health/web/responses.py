"""The bodies that the endpoints have in common."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from aiohttp import hdrs, web

#: On every response: no cache keeps an old green, no browser guesses a type, no version leaks, and
#: no other site frames an answer, embeds it or learns from where its reader comes.
COMMON_HEADERS: Mapping[str, str] = {
    hdrs.CACHE_CONTROL: "no-store",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    hdrs.SERVER: "redis-health",
}
#: On every response that has no policy of its own: none of them is a page.
CONTENT_SECURITY_POLICY = "default-src 'none'; frame-ancestors 'none'"
_POLICY = "Content-Security-Policy"

_NONE: Mapping[str, str] = {}
_PLAIN = {hdrs.CONTENT_TYPE: "text/plain; charset=utf-8"}


def encoded(text: str) -> bytes:
    """UTF-8; what Redis sent and is none (a lone surrogate by now) is escaped."""
    return text.encode("utf-8", "backslashreplace")


def plain(lines: Iterable[str], *, status: int = 200) -> web.Response:
    """Plain text, every line ended."""
    body = encoded("".join(f"{line}\n" for line in lines))
    return web.Response(status=status, body=body, headers=_PLAIN)


def secured(response: web.StreamResponse, chosen: Mapping[str, str] = _NONE) -> None:
    """Put the headers on a response; those that the operator has ``chosen`` come last."""
    headers = response.headers
    headers.update(COMMON_HEADERS)
    headers.setdefault(_POLICY, CONTENT_SECURITY_POLICY)
    if chosen:
        headers.update(chosen)

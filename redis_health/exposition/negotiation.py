"""What the client of a scrape asked for: RFC 9110, sections 12.5.1 and 12.5.3."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from redis_health.exposition.writer import Format

#: The ranges that cover a format, the most specific first.
_COVERS = {
    Format.TEXT: ("text/plain", "text/*", "*/*"),
    Format.OPENMETRICS: ("application/openmetrics-text", "application/*", "*/*"),
}
#: The versions of OpenMetrics that a client who can read ours may name; none is any.
_VERSIONS = frozenset({"", "0.0.1", "1.0.0"})
_UNWANTED = (0.0, 0, 0)


def negotiate(accept: str | None) -> Format:
    """The format that the ``Accept`` header prefers.

    Text where the header is absent, has no preference or accepts neither: a scrape is answered
    with something rather than refused. Of two that are wanted equally, the one that is named
    more exactly, then the one that is named first.
    """
    wishes = [wish for wish in _wishes(accept or "") if _readable(wish)]
    text = _rank(Format.TEXT, wishes)
    openmetrics = _rank(Format.OPENMETRICS, wishes)
    return Format.OPENMETRICS if openmetrics > text else Format.TEXT


def accepts_gzip(accept_encoding: str | None) -> bool:
    """Whether the ``Accept-Encoding`` header allows gzip; an absent one does not."""
    weights = {wish.name: wish.weight for wish in _wishes(accept_encoding or "")}
    weight = weights.get("gzip", weights.get("x-gzip", weights.get("*", 0.0)))
    return weight > 0


class _Wish(NamedTuple):
    """One element of the header: its name, its version parameter and its weight."""

    name: str
    version: str
    weight: float
    position: int


def _wishes(header: str) -> Iterator[_Wish]:
    for position, element in enumerate(header.split(",")):
        name, *parameters = (part.strip().lower() for part in element.split(";"))
        values = dict(parameter.partition("=")[::2] for parameter in parameters)
        weight = _weight(values.get("q", "1"))
        yield _Wish(name, values.get("version", "").strip('"'), weight, position)


def _weight(text: str) -> float:
    """The value of a ``q`` parameter; what is not one counts as 0, not wanted."""
    try:
        weight = float(text)
    except ValueError:
        return 0.0
    return weight if 0 <= weight <= 1 else 0.0


def _readable(wish: _Wish) -> bool:
    return wish.name != _COVERS[Format.OPENMETRICS][0] or wish.version in _VERSIONS


def _rank(form: Format, wishes: list[_Wish]) -> tuple[float, int, int]:
    """How much a format is wanted: weight, exactness of its name, place in the header."""
    for exactness, name in zip((2, 1, 0), _COVERS[form], strict=True):
        ranks = [(wish.weight, exactness, -wish.position) for wish in wishes if wish.name == name]
        if ranks:
            best = max(ranks)
            return best if best[0] > 0 else _UNWANTED
    return _UNWANTED

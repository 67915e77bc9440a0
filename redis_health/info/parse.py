"""The text of INFO, split into fields."""

from __future__ import annotations

from redis_health.model import InfoReply

#: Lines that are kept; a server with more is not told apart from garbage.
MAX_LINES = 20_000
#: Characters of a line that are kept: as many as a path may have.
MAX_LENGTH = 4096


def parse_info(raw: bytes | str, *, observed: float, seconds: float) -> InfoReply:
    """Split the answer to INFO into fields, whatever the bytes are.

    ``observed`` is the monotonic moment of its arrival, ``seconds`` the round trip. Section names
    are lower-cased; fields before any section stand in the section ``""``. Lines that are neither
    ``# Section`` nor ``field:value`` are ignored, and so is everything after ``MAX_LINES`` lines
    and what goes beyond ``MAX_LENGTH`` characters in a line.
    The first occurrence of a field wins. Never raises.
    """
    text = raw.decode("utf-8", "replace") if isinstance(raw, bytes) else raw
    lines = text.split("\n", MAX_LINES)
    del lines[MAX_LINES:]
    fields: dict[str, str] = {}
    sections: dict[str, dict[str, str]] = {}
    section: dict[str, str] | None = None
    for whole_line in lines:
        line = whole_line[:MAX_LENGTH].rstrip("\r")
        name, colon, value = line.partition(":")
        if name.startswith("#"):
            section = sections.setdefault(line[1:].strip().lower(), {})
        elif colon and name:
            if section is None:
                section = sections.setdefault("", {})
            section.setdefault(name, value)
            fields.setdefault(name, value)
    return InfoReply(fields=fields, sections=sections, observed=observed, seconds=seconds)


def parse_pairs(value: str) -> dict[str, str]:
    """Split ``calls=1,usec=2`` (the values of cmdstat, errorstat, db and slave fields).

    A value may contain ``=``; parts without one are ignored. Never raises.
    """
    pairs: dict[str, str] = {}
    for part in value.split(","):
        key, equals, rest = part.partition("=")
        if equals:
            pairs[key] = rest
    return pairs

"""Numbers in the text that Redis writes."""

from __future__ import annotations

from collections.abc import Mapping

#: No 64-bit number of a server is larger, and the sum of many such is still a number.
_LARGEST = 2.0**64


def number(fields: Mapping[str, str], name: str) -> float | None:
    """The number in a field; None when it is absent or something else.

    Numbers that no server counts up to, infinity among them, are something else.
    """
    text = fields.get(name)
    # float() takes Python's digit separators too, which Redis never writes.
    if text is None or "_" in text:
        return None
    try:
        value = float(text)
    except ValueError:
        return None
    return value if abs(value) <= _LARGEST else None


def count(fields: Mapping[str, str], name: str) -> int:
    """The whole number in a field; 0 when it is absent or something else."""
    value = number(fields, name)
    return 0 if value is None else int(value)

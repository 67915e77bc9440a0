"""Numbers in the text of INFO."""

from __future__ import annotations

import math
from collections.abc import Mapping


def number(fields: Mapping[str, str], name: str) -> float | None:
    """The finite number in a field; None when it is absent or something else."""
    text = fields.get(name)
    # float() takes Python's digit separators too, which Redis never writes.
    if text is None or "_" in text:
        return None
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def count(fields: Mapping[str, str], name: str) -> int:
    """The whole number in a field; 0 when it is absent or something else."""
    value = number(fields, name)
    return 0 if value is None else int(value)

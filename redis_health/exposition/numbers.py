"""Numbers in the spelling of the Prometheus text format."""

from __future__ import annotations

from functools import lru_cache
from math import inf, isfinite, isnan


def number(value: float) -> str:
    """The value of a sample: the shortest text that reads back as the same float."""
    text = repr(float(value))
    if text.endswith(".0"):
        return text[:-2]
    if isfinite(value):
        return text
    if isnan(value):
        return "NaN"
    return "+Inf" if value == inf else "-Inf"


@lru_cache(maxsize=1024)
def bound(value: float) -> str:
    """The value of an ``le`` or ``quantile`` label, spelt as the Go client spells it.

    These are strings to a query, so ``le="1"`` and ``le="1e+06"`` must not become ``1.0`` and
    ``1000000``. Python changes to exponents as Go does for small numbers, later for large ones.
    """
    text = number(value)
    if abs(value) < 1e6 or not isfinite(value) or "e" in text:
        return text
    significant = len(text.lstrip("-").replace(".", "").rstrip("0"))
    return f"{value:.{significant - 1}e}"

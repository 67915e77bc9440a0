"""Numbers in the words of messages."""

from __future__ import annotations

_MINUTES_FROM = 120
_HOURS_FROM = 2 * 3600
_DAYS_FROM = 2 * 86400
_UNITS = ("B", "KiB", "MiB", "GiB", "TiB", "PiB")


def duration(seconds: float) -> str:
    """Seconds as a person says them: ``12s``, ``6 min``, ``3h``, ``5 days``."""
    if seconds < _MINUTES_FROM:
        return f"{seconds:.0f}s"
    if seconds < _HOURS_FROM:
        return f"{seconds / 60:.0f} min"
    if seconds < _DAYS_FROM:
        return f"{seconds / 3600:.0f}h"
    return f"{seconds / 86400:.0f} days"


def size(value: float) -> str:
    """Bytes in binary units: ``4.11 MiB``."""
    scale, unit = _scale(value)
    return f"{value / scale:.{_digits(scale)}f} {unit}"


def share(value: float, whole: float) -> str:
    """Two sizes in the unit of the second: ``4.11/4.00 MiB``."""
    scale, unit = _scale(whole)
    digits = _digits(scale)
    return f"{value / scale:.{digits}f}/{whole / scale:.{digits}f} {unit}"


def plural(number: float, noun: str) -> str:
    """A count with its noun: ``1 change``, ``2 changes``."""
    return f"{number:.0f} {noun}" if number == 1 else f"{number:.0f} {noun}s"


def address(host: str, port: str) -> str:
    """An address as one writes it, brackets around IPv6."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _scale(value: float) -> tuple[float, str]:
    scale = 1.0
    for unit in _UNITS[:-1]:
        if abs(value) < scale * 1024:
            return scale, unit
        scale *= 1024
    return scale, _UNITS[-1]


def _digits(scale: float) -> int:
    return 0 if scale == 1 else 2

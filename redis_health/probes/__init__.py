"""The probes: one file each, found by its ``PROBE``."""

from __future__ import annotations

import functools
import importlib
import pkgutil

from redis_health.model import Probe

#: Asked first, since the first answer at start-up comes from them.
_FIRST = ("ping", "connect")


@functools.cache
def catalogue() -> tuple[Probe, ...]:
    """Every probe of this package: ``ping`` and ``connect`` first, the others by name.

    A probe is a module here with a ``PROBE``; names that begin with an underscore are helpers.
    """
    names = (module.name for module in pkgutil.iter_modules(__path__))
    modules = (
        importlib.import_module(f"{__name__}.{name}") for name in names if not name.startswith("_")
    )
    found = [
        module.PROBE for module in modules if isinstance(getattr(module, "PROBE", None), Probe)
    ]
    return tuple(sorted(found, key=_position))


def _position(probe: Probe) -> tuple[int, str]:
    rank = _FIRST.index(probe.name) if probe.name in _FIRST else len(_FIRST)
    return rank, probe.name

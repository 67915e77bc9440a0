"""Loads three libraries without what they would load on the side.

A sidecar pays for its memory in every pod, and an orchestrator waits for its start.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
import types

_BUNDLE = "SSL_CERT_FILE"


def load_structlog() -> None:
    """Loads structlog as if rich were not installed: with it, it takes 3.5 MB and 60 ms more.

    It only serves to print exceptions in colour.
    """
    if "rich" in sys.modules:
        return
    sys.modules["rich"] = None  # type: ignore[assignment]  # what makes an import fail
    try:
        importlib.import_module("structlog")
    finally:
        del sys.modules["rich"]


def load_aiohttp() -> None:
    """Loads aiohttp as if the system had no certificates.

    For its client it builds TLS contexts at once, and reads the CA bundle for them: 1.4 MB and
    40 ms or more in a service that never is a client.
    """
    before = os.environ.get(_BUNDLE)
    os.environ[_BUNDLE] = os.devnull
    try:
        importlib.import_module("aiohttp")
    finally:
        if before is None:
            del os.environ[_BUNDLE]
        else:
            os.environ[_BUNDLE] = before


def load_redis() -> None:
    """Loads redis-py's connection alone: its clients and its cluster are 5 MB and 35 ms more.

    A package is loaded together with all that its ``__init__`` names. ``redis`` and
    ``redis.asyncio`` are therefore put in place bare, so that their modules are found and nothing
    is loaded that nobody asks for.
    """
    if "redis" in sys.modules:
        return
    for name in ("redis", "redis.asyncio"):
        found = importlib.util.find_spec(name)
        if found is None or found.submodule_search_locations is None:
            raise ModuleNotFoundError(f"No package named {name!r}", name=name)
        package = types.ModuleType(name)
        package.__spec__ = found
        package.__path__ = list(found.submodule_search_locations)
        sys.modules[name] = package
    importlib.import_module("redis.asyncio.connection")

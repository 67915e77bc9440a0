"""Imports aiohttp without the certificates that its client would load.

aiohttp builds two TLS contexts for its client when it is imported, and reads the system's CA bundle
for them: 1.4 MB and 40 ms or more in a service that never is a client. While it is imported the
bundle is said to be empty.
"""

from __future__ import annotations

import importlib
import os

_BUNDLE = "SSL_CERT_FILE"


def _import_aiohttp() -> None:
    before = os.environ.get(_BUNDLE)
    os.environ[_BUNDLE] = os.devnull
    try:
        importlib.import_module("aiohttp")
    finally:
        if before is None:
            del os.environ[_BUNDLE]
        else:
            os.environ[_BUNDLE] = before


_import_aiohttp()

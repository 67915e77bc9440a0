"""TLS settings turned into a context, again whenever a file has changed."""

from __future__ import annotations

import ssl
from pathlib import Path

from redis_health.errors import RedisFault
from redis_health.model import Failure, Nature, TLSSettings
from redis_health.replies import conditions, own_fault


class ContextKeeper:
    """Keeps one context: building it reads the CA bundle, which takes tens of milliseconds."""

    def __init__(self, settings: TLSSettings) -> None:
        self._settings = settings
        self._stamp: tuple[tuple[str, int], ...] | None = None
        self._context: ssl.SSLContext | None = None

    def context(self) -> ssl.SSLContext:
        """The context for the files as they are now, so that a renewed certificate is used.

        Raises:
            RedisFault: a file is missing or is not what it should be.
            OwnFault: this process has no descriptor left to read it.
        """
        try:
            stamp = self._current_stamp()
            if self._context is None or stamp != self._stamp:
                self._context, self._stamp = self._build(), stamp
        except OSError as error:
            if self._context is not None:
                # Half of a renewal: the key follows its certificate, and the old pair still works.
                return self._context
            own = own_fault(error, "read its TLS files")
            if own is not None:
                raise own from error
            reason = error.strerror or str(error)
            raise RedisFault(
                Failure(
                    conditions.TLS_HANDSHAKE,
                    Nature.TRANSPORT,
                    f"our own TLS files cannot be used: {reason}",
                )
            ) from error
        return self._context

    def _current_stamp(self) -> tuple[tuple[str, int], ...]:
        files = (self._settings.ca_file, self._settings.cert_file, self._settings.key_file)
        return tuple((name, Path(name).stat().st_mtime_ns) for name in files if name)

    def _build(self) -> ssl.SSLContext:
        settings = self._settings
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = settings.verify == "full"
        if settings.verify == "none":
            context.verify_mode = ssl.CERT_NONE
        elif settings.ca_file:
            context.load_verify_locations(cafile=settings.ca_file)
        else:
            context.load_default_certs()
        if settings.cert_file:
            context.load_cert_chain(settings.cert_file, settings.key_file)
        return context


def unverified_context() -> ssl.SSLContext:
    """A context that accepts any certificate, to see whether a peer speaks TLS at all."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def certificate_expires(connection: ssl.SSLObject | ssl.SSLSocket | None) -> float | None:
    """When the peer's certificate ends, in epoch seconds; None where it was not verified."""
    certificate = connection.getpeercert() if connection is not None else None
    if not certificate:
        return None
    return ssl.cert_time_to_seconds(str(certificate["notAfter"]))

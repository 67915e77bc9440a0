"""Exceptions of sockets, TLS and the protocol, read into failures."""

from __future__ import annotations

import errno
import os
import socket
from enum import StrEnum

from redis_health.errors import OwnFault
from redis_health.model import Condition, Failure, Nature
from redis_health.replies import conditions as known


class Phase(StrEnum):
    """How far a connection had come."""

    RESOLVE = "resolve"
    CONNECT = "connect"
    TLS = "tls"
    LOGIN = "login"
    REPLY = "reply"


class NotResp(Exception):
    """The peer's bytes are not RESP; ``first`` are the first of them."""

    def __init__(self, first: bytes) -> None:
        super().__init__(first)
        self.first = first


class SpokeUnasked(ConnectionResetError):
    """The peer says more than it was asked for.

    ``first`` are the first bytes of it, none where they came with the answer.
    """

    def __init__(self, first: bytes) -> None:
        super().__init__(first)
        self.first = first


#: Errors of this process and its machine, which say nothing about Redis.
_OWN = {errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOBUFS, errno.EADDRNOTAVAIL}

_BY_ERRNO: dict[int, Condition] = {
    errno.ECONNREFUSED: known.CONN_REFUSED,
    errno.ENOENT: known.CONN_REFUSED,
    errno.ECONNRESET: known.CONN_RESET,
    errno.ECONNABORTED: known.CONN_RESET,
    errno.EPIPE: known.CONN_RESET,
    errno.ETIMEDOUT: known.CONNECT_TIMEOUT,
}

_OTHER_NAME = (
    "connect by a name that the certificate has, say which it has by REDIS_TLS_SERVER_NAME, or"
    " issue one for this name"
)
#: By OpenSSL's X509_V_ERR_*, where the condition's advice does not fit.
_VERIFY_REMEDIES = {
    9: "compare the clocks of both machines (date -u): the certificate is not valid yet",
    62: _OTHER_NAME,
    64: _OTHER_NAME,
}
#: In the alerts by which a server turns a client away for its certificate, or for having none.
_CERTIFICATE_ALERTS = (
    "ALERT_BAD_CERTIFICATE",
    "ALERT_CERTIFICATE_",
    "ALERT_UNKNOWN_CA",
    "ALERT_UNSUPPORTED_CERTIFICATE",
)
#: Before TLS 1.3 a server says no more where it misses a certificate of ours, or shares no cipher.
_ALERT = "ALERT_HANDSHAKE_FAILURE"
_ALERT_REMEDY = (
    "where tls-auth-clients asks for a client certificate, give REDIS_TLS_CERT_FILE and"
    " REDIS_TLS_KEY_FILE; else compare tls-protocols and tls-ciphers"
)
_CLIENT_CERTIFICATE_REMEDY = (
    "give a valid certificate that the server's tls-ca-cert-file has signed: REDIS_TLS_CERT_FILE"
    " and REDIS_TLS_KEY_FILE; openssl s_client -connect HOST:PORT -cert FILE -key FILE tries it"
)


def own_fault(error: BaseException, doing: str) -> OwnFault | None:
    """The fault of this process (no descriptors, no memory, no free port) that an error tells of.

    ``doing`` is what the service could not do. None for an error that tells of something else.
    """
    if isinstance(error, socket.gaierror):
        own = error.errno == socket.EAI_MEMORY
    else:
        own = isinstance(error, OSError) and error.errno in _OWN
    return OwnFault(f"the service cannot {doing}: {_words(error)}") if own else None


def failure_of_exception(error: BaseException, *, where: str, phase: Phase) -> Failure:
    """The failure that an exception stands for.

    Raises:
        OwnFault: the exception tells of this process (no descriptors, no memory, no free port).
    """
    if isinstance(error, NotResp):
        return _not_resp(error.first, where)
    if isinstance(error, SpokeUnasked):
        shown = f" ({_start(error.first)!r})" if error.first else ""
        told = f"{where} says more than it is asked{shown}: not a Redis server"
        return Failure(known.NOT_RESP, Nature.TRANSPORT, told)
    own = own_fault(error, "open a connection")
    if own is not None:
        raise own from error
    if isinstance(error, socket.gaierror):
        text = error.strerror or str(error)
        return Failure(known.DNS, Nature.TRANSPORT, f"cannot resolve {where}: {text}")
    number = error.errno if isinstance(error, OSError) else None
    tls = _tls_failure(error, where)
    if tls is not None:
        return tls
    if number == errno.ETIMEDOUT:
        return failure_of_silence(phase, where=where, seconds=None)
    condition = _BY_ERRNO.get(number or 0)
    if condition is known.CONN_REFUSED:
        why = "no such socket" if number == errno.ENOENT else "nothing is listening"
        message = f"connection refused by {where}: {why} (server stopped, crashed or wrong port)"
        return Failure(condition, Nature.TRANSPORT, message)
    if condition is None and isinstance(error, OSError) and number is not None:
        return Failure(
            known.UNREACHABLE, Nature.TRANSPORT, f"{where} cannot be reached: {_words(error)}"
        )
    return Failure(
        known.CONN_RESET,
        Nature.TRANSPORT,
        f"{where} closed the connection in phase {phase} without an answer",
    )


def failure_of_silence(phase: Phase, *, where: str, seconds: float | None) -> Failure:
    """The failure that a passed deadline of ``seconds`` stands for, by the phase it was in."""
    within = "" if seconds is None else f" within {round(seconds, 2):g} s"
    if phase is Phase.RESOLVE:
        return Failure(
            known.DNS, Nature.SILENCE, f"the resolver did not answer for {where}{within}"
        )
    if phase is Phase.CONNECT:
        return Failure(
            known.CONNECT_TIMEOUT,
            Nature.SILENCE,
            f"connection to {where} not accepted{within} (firewall, backlog full, host gone)",
        )
    what = "TLS answer" if phase is Phase.TLS else "reply"
    return Failure(
        known.TIMEOUT,
        Nature.SILENCE,
        f"{where} accepts connections but gave no {what}{within}: "
        "frozen, swapping or stuck in one long command",
    )


def _tls_failure(error: BaseException, where: str) -> Failure | None:
    # Not imported at the top: a plaintext target should not have to pay for OpenSSL's mapping.
    import ssl  # noqa: PLC0415

    if isinstance(error, ssl.SSLCertVerificationError):
        why = getattr(error, "verify_message", None) or str(error)
        return Failure(
            known.TLS_VERIFY,
            Nature.TRANSPORT,
            f"the certificate of {where} is not accepted: {why}",
            remedy=_VERIFY_REMEDIES.get(getattr(error, "verify_code", 0)),
        )
    if not isinstance(error, ssl.SSLError):
        return None
    # Only the errors that OpenSSL raises have the attribute.
    reason = getattr(error, "reason", None) or str(error)
    if reason in {"WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "HTTP_REQUEST"}:
        return plaintext_port(where)
    if any(alert in reason for alert in _CERTIFICATE_ALERTS):
        told = f"{where} does not accept our client certificate, or asks for one: {reason}"
        return Failure(
            known.TLS_HANDSHAKE, Nature.TRANSPORT, told, remedy=_CLIENT_CERTIFICATE_REMEDY
        )
    message = f"TLS handshake with {where} failed: {reason}"
    remedy = None
    if _ALERT in reason:
        message += " (client certificate missing, or no cipher in common)"
        remedy = _ALERT_REMEDY
    return Failure(known.TLS_HANDSHAKE, Nature.TRANSPORT, message, remedy=remedy)


def plaintext_port(where: str) -> Failure:
    """The failure of speaking TLS to a port that answers in plaintext."""
    return Failure(
        known.TLS_TO_PLAIN,
        Nature.TRANSPORT,
        f"no TLS answer from {where}: the port is plaintext",
    )


def tls_port(where: str) -> Failure:
    """The failure of speaking plaintext to a port that speaks TLS."""
    return Failure(
        known.PLAIN_TO_TLS, Nature.TRANSPORT, f"{where} speaks TLS and we speak plaintext"
    )


def _not_resp(first: bytes, where: str) -> Failure:
    if first[:2] in {b"\x15\x03", b"\x16\x03"}:
        return tls_port(where)
    shown = _start(first)
    return Failure(
        known.NOT_RESP, Nature.TRANSPORT, f"{where} answered {shown!r}: not a Redis server"
    )


def failure_of_nonsense(reply: object, *, command: str, where: str) -> Failure:
    """The failure of a ``reply`` that ``command`` cannot have on a Redis server."""
    if isinstance(reply, bytes | str):
        start = _start(reply if isinstance(reply, bytes) else reply.encode("utf-8", "replace"))
        kind = f"the string {start!r}"
    else:
        kind = _KINDS.get(type(reply), f"a {type(reply).__name__}")
    return Failure(
        known.NOT_RESP,
        Nature.REPLY,
        f"{where} answered {command} with {kind}, as Redis would not: not a Redis server",
    )


def is_pong(reply: object) -> bool:
    """Whether a reply is what Redis answers to PING."""
    return isinstance(reply, bytes) and reply.upper() == b"PONG"


_KINDS = {
    list: "an array",
    dict: "a map",
    int: "a number",
    float: "a number",
    bool: "a boolean",
    type(None): "nothing",
}


def _start(said: bytes) -> str:
    text = said[:12].decode("ascii", "replace")
    return "".join(c if c.isprintable() else "?" for c in text)


def _words(error: BaseException) -> str:
    # asyncio puts words of its own in the place of the system's.
    number = error.errno if isinstance(error, OSError) else None
    if number is not None and number > 0:
        return os.strerror(number)
    return (error.strerror if isinstance(error, OSError) else None) or str(error)

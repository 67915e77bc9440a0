"""Exceptions of sockets, TLS and the protocol, each with one meaning."""

from __future__ import annotations

import errno
import os
import socket
import ssl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redis_health.errors import OwnFault
from redis_health.model import Nature
from redis_health.replies import (
    NotResp,
    Phase,
    conditions,
    failure_of_exception,
    failure_of_nonsense,
    failure_of_silence,
    own_fault,
    plaintext_port,
    tls_port,
)

WHERE = "redis:6379"


def system_error(number: int) -> OSError:
    return OSError(number, os.strerror(number))


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (system_error(errno.ECONNREFUSED), "CONN_REFUSED", "nothing is listening"),
        (system_error(errno.ENOENT), "CONN_REFUSED", "no such socket"),
        (system_error(errno.ECONNRESET), "CONN_RESET", "in phase login"),
        (system_error(errno.ECONNABORTED), "CONN_RESET", "in phase login"),
        (system_error(errno.EPIPE), "CONN_RESET", "in phase login"),
        (ConnectionResetError("closed by the server"), "CONN_RESET", "in phase login"),
        (EOFError(), "CONN_RESET", "without an answer"),
        (system_error(errno.EHOSTUNREACH), "UNREACHABLE", "No route to host"),
        (OSError(errno.EHOSTUNREACH, "Connect call failed"), "UNREACHABLE", "No route to host"),
        (system_error(errno.ENETUNREACH), "UNREACHABLE", "Network is unreachable"),
        (system_error(errno.EACCES), "UNREACHABLE", "Permission denied"),
        (system_error(errno.EPERM), "UNREACHABLE", "not permitted"),
        (system_error(errno.EAFNOSUPPORT), "UNREACHABLE", "Address family"),
        (socket.gaierror(socket.EAI_NONAME, "Name or service not known"), "DNS", "Name or"),
        (socket.gaierror(socket.EAI_AGAIN, "Temporary failure"), "DNS", "Temporary failure"),
        (socket.gaierror("odd"), "DNS", "odd"),
        (NotResp(b"HTTP/1.0 400 Bad Request"), "NOT_RESP", "'HTTP/1.0 400'"),
        (NotResp(b""), "NOT_RESP", "''"),
        (NotResp(b"\x15\x03\x03\x00\x02"), "PLAIN_TO_TLS", "speaks TLS"),
        (NotResp(b"\x16\x03\x01\x00"), "PLAIN_TO_TLS", "speaks TLS"),
    ],
)
def test_what_an_exception_stands_for(error: BaseException, code: str, words: str) -> None:
    failure = failure_of_exception(error, where=WHERE, phase=Phase.LOGIN)
    assert (failure.code, failure.nature) == (code, Nature.TRANSPORT)
    assert words in failure.message
    assert WHERE in failure.message


def tls_error(reason: str) -> ssl.SSLError:
    error = ssl.SSLError(1, f"[SSL: {reason}] words")
    error.reason = reason
    return error


def verification(words: str) -> ssl.SSLCertVerificationError:
    error = ssl.SSLCertVerificationError(1, "certificate verify failed")
    error.verify_message = words
    return error


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (verification("certificate has expired"), "TLS_VERIFY", "certificate has expired"),
        (verification(""), "TLS_VERIFY", "verify failed"),
        (tls_error("WRONG_VERSION_NUMBER"), "TLS_TO_PLAIN", "plaintext"),
        (tls_error("RECORD_LAYER_FAILURE"), "TLS_TO_PLAIN", "plaintext"),
        (tls_error("TLSV13_ALERT_CERTIFICATE_REQUIRED"), "TLS_HANDSHAKE", "client certificate"),
        (tls_error("SSLV3_ALERT_HANDSHAKE_FAILURE"), "TLS_HANDSHAKE", "no cipher in common"),
        (tls_error("NO_PROTOCOLS_AVAILABLE"), "TLS_HANDSHAKE", "failed: NO_PROTOCOLS"),
        (tls_error(""), "TLS_HANDSHAKE", "words"),
    ],
)
def test_what_a_tls_error_stands_for(error: ssl.SSLError, code: str, words: str) -> None:
    failure = failure_of_exception(error, where=WHERE, phase=Phase.TLS)
    assert (failure.code, failure.nature) == (code, Nature.TRANSPORT)
    assert words in failure.message


@pytest.mark.parametrize(
    ("code", "advice"),
    [
        (9, "clocks"),
        (10, "renew"),
        (20, "CA file"),
        (62, "REDIS_TLS_SERVER_NAME"),
        (64, "a name that"),
    ],
)
def test_what_to_do_about_a_certificate(code: int, advice: str) -> None:
    error = verification("words")
    error.verify_code = code
    failure = failure_of_exception(error, where=WHERE, phase=Phase.TLS)
    assert advice in failure.advice


@pytest.mark.parametrize(
    "number", [errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOBUFS, errno.EADDRNOTAVAIL]
)
def test_our_own_want_is_no_failure_of_redis(number: int) -> None:
    with pytest.raises(OwnFault, match=os.strerror(number)) as caught:
        failure_of_exception(system_error(number), where=WHERE, phase=Phase.CONNECT)
    assert isinstance(caught.value.__cause__, OSError)


def test_a_resolver_without_memory_is_our_own_want() -> None:
    error = socket.gaierror(socket.EAI_MEMORY, "Memory allocation failure")
    with pytest.raises(OwnFault, match="Memory"):
        failure_of_exception(error, where=WHERE, phase=Phase.RESOLVE)


@pytest.mark.parametrize(
    "error", [system_error(errno.ECONNREFUSED), ValueError(), socket.gaierror(errno.EMFILE, "no")]
)
def test_all_else_is_not(error: Exception) -> None:
    assert own_fault(error, "read") is None


def test_the_kernels_own_time_limit_is_silence() -> None:
    error = system_error(errno.ETIMEDOUT)
    connecting = failure_of_exception(error, where=WHERE, phase=Phase.CONNECT)
    assert (connecting.code, connecting.nature) == ("CONNECT_TIMEOUT", Nature.SILENCE)
    asking = failure_of_exception(error, where=WHERE, phase=Phase.REPLY)
    assert (asking.code, asking.nature) == ("TIMEOUT", Nature.SILENCE)
    assert "within" not in asking.message


@pytest.mark.parametrize(
    ("phase", "code", "words"),
    [
        (Phase.RESOLVE, "DNS", "the resolver did not answer for redis:6379 within 1.5 s"),
        (Phase.CONNECT, "CONNECT_TIMEOUT", "connection to redis:6379 not accepted within 1.5 s"),
        (Phase.TLS, "TIMEOUT", "gave no TLS answer within 1.5 s"),
        (Phase.LOGIN, "TIMEOUT", "gave no reply within 1.5 s"),
        (Phase.REPLY, "TIMEOUT", "gave no reply within 1.5 s"),
    ],
)
def test_silence_names_its_phase(phase: Phase, code: str, words: str) -> None:
    failure = failure_of_silence(phase, where=WHERE, seconds=1.5)
    assert (failure.code, failure.nature) == (code, Nature.SILENCE)
    assert words in failure.message


def test_the_two_mistakes_with_tls() -> None:
    assert plaintext_port(WHERE).code == "TLS_TO_PLAIN"
    assert tls_port(WHERE).code == "PLAIN_TO_TLS"


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (1, "a number"),
        (b"", "the string ''"),
        (b"\xff\r\nlong and longer", "the string '�??long and '"),
        ([], "an array"),
        ({}, "a map"),
        (None, "nothing"),
    ],
)
def test_nonsense_names_its_kind(reply: object, kind: str) -> None:
    failure = failure_of_nonsense(reply, command="INFO", where=WHERE)
    assert (failure.code, failure.nature) == ("NOT_RESP", Nature.REPLY)
    assert f"answered INFO with {kind}, as" in failure.message


@given(st.binary(), st.sampled_from(Phase))
def test_any_first_bytes_make_a_short_printable_line(first: bytes, phase: Phase) -> None:
    failure = failure_of_exception(NotResp(first), where=WHERE, phase=phase)
    assert failure.condition in {conditions.NOT_RESP, conditions.PLAIN_TO_TLS}
    assert failure.message.isprintable()
    assert len(failure.message) < 150


_ERRORS = st.one_of(
    st.builds(OSError, st.sampled_from(sorted(errno.errorcode)), st.text()),
    st.builds(OSError, st.text()),
    st.builds(ConnectionError, st.text()),
    st.builds(TimeoutError),
    st.builds(socket.gaierror, st.integers(-12, 0), st.text()),
    st.builds(ssl.SSLError, st.integers(0, 10), st.text()),
    st.builds(EOFError),
)


@given(_ERRORS, st.sampled_from(Phase))
def test_any_exception_has_a_meaning(error: BaseException, phase: Phase) -> None:
    if own_fault(error, "go on") is not None:
        with pytest.raises(OwnFault):
            failure_of_exception(error, where=WHERE, phase=phase)
        return
    failure = failure_of_exception(error, where=WHERE, phase=phase)
    assert failure.condition in conditions.ALL
    assert failure.message

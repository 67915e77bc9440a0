"""``tls_server_config`` of the web configuration, as a context for the sockets of the service."""

from __future__ import annotations

import contextlib
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path

from redis_health.config.stamps import Stamp, stamp_of
from redis_health.config.yaml_tree import Branch

_INLINE = {"cert": "cert_file", "key": "key_file", "client_ca": "client_ca_file"}
_KEYS = (
    *_INLINE.values(),
    "client_auth_type",
    "client_allowed_sans",
    "min_version",
    "max_version",
    "cipher_suites",
    "prefer_server_cipher_suites",
    "curve_preferences",
    *_INLINE,
)
_VERIFY = {
    "NoClientCert": ssl.CERT_NONE,
    "VerifyClientCertIfGiven": ssl.CERT_OPTIONAL,
    "RequireAndVerifyClientCert": ssl.CERT_REQUIRED,
}
#: Asks for a certificate and looks at none: the access is that of NoClientCert.
_REQUEST = "RequestClientCert"
_UNVERIFIED = ("RequireAnyClientCert", "RequireClientCert")
#: RFC 8996 forbids the first two.
_VERSIONS = {
    "TLS10": ssl.TLSVersion.TLSv1_2,
    "TLS11": ssl.TLSVersion.TLSv1_2,
    "TLS12": ssl.TLSVersion.TLSv1_2,
    "TLS13": ssl.TLSVersion.TLSv1_3,
}
_FORBIDDEN = ("TLS10", "TLS11")
#: Go's names of the suites up to TLS 1.2, and OpenSSL's.
_SUITES = {
    "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA": "ECDHE-ECDSA-AES128-SHA",
    "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA": "ECDHE-ECDSA-AES256-SHA",
    "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA": "ECDHE-RSA-AES128-SHA",
    "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA": "ECDHE-RSA-AES256-SHA",
    "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256": "ECDHE-ECDSA-AES128-GCM-SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384": "ECDHE-ECDSA-AES256-GCM-SHA384",
    "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256": "ECDHE-RSA-AES128-GCM-SHA256",
    "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384": "ECDHE-RSA-AES256-GCM-SHA384",
    "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256": "ECDHE-RSA-CHACHA20-POLY1305",
    "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256": "ECDHE-ECDSA-CHACHA20-POLY1305",
}
#: Those of TLS 1.3 are always offered, as in Go.
_SUITES_13 = (
    "TLS_AES_128_GCM_SHA256",
    "TLS_AES_256_GCM_SHA384",
    "TLS_CHACHA20_POLY1305_SHA256",
)
_CURVES = {
    "CurveP256": "prime256v1",
    "CurveP384": "secp384r1",
    "CurveP521": "secp521r1",
    "X25519": "X25519",
}


@dataclass(frozen=True, slots=True)
class ServerTLS:
    """How the service speaks TLS; ``stamps`` is what it was read from.

    Where ``allowed_sans`` is not empty, a client's certificate must hold one of these names.
    """

    context: ssl.SSLContext = field(repr=False)
    stamps: Mapping[Path, Stamp]
    allowed_sans: frozenset[str]
    warnings: tuple[str, ...]

    def admits(self, certificate: Mapping[str, object] | None) -> bool:
        """Whether a client with this certificate (``getpeercert``) may connect."""
        if not self.allowed_sans:
            return True
        names = (certificate or {}).get("subjectAltName", ())
        assert isinstance(names, tuple)
        return any(_san(kind, value) in self.allowed_sans for kind, value in names)


def server_tls(section: Branch, directory: Path) -> ServerTLS | None:
    """What the section asks for; None where it is empty.

    Raises ConfigError, which names what is wrong: a key, or a file that is not what it should be.
    """
    given = section.branches(_KEYS)
    for inline, file in _INLINE.items():
        if inline in given:
            raise given[inline].wrong(f"not supported, put it into a file and give {file}")
    if not given:
        return None
    files: dict[str, Path] = {
        key: directory / given[key].text()
        for key in ("cert_file", "key_file", "client_ca_file")
        if key in given and given[key].text()
    }
    for key in ("cert_file", "key_file"):
        if key not in files:
            raise section.wrong(f"{key} is missing")
    stamps = {path: stamp_of(path) for path in files.values()}
    warnings: list[str] = []
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    _set_versions(context, given, warnings)
    _set_suites(context, given)
    _set_curves(context, given, warnings)
    _load_pair(context, given, files)
    _set_client_auth(context, given, files, warnings)
    return ServerTLS(
        context=context,
        stamps=stamps,
        allowed_sans=_allowed_sans(context, given),
        warnings=tuple(warnings),
    )


def _load_pair(
    context: ssl.SSLContext, given: Mapping[str, Branch], files: Mapping[str, Path]
) -> None:
    for key in ("cert_file", "key_file"):
        _check_readable(given[key], files[key])
    try:
        # Without a password of our own OpenSSL would ask for one on the terminal.
        context.load_cert_chain(files["cert_file"], files["key_file"], password=_no_password)
    except ssl.SSLError as error:
        if error.reason == "KEY_VALUES_MISMATCH":
            told = f"the key {files['key_file']} is not that of {files['cert_file']}"
        else:
            why = (error.reason or "not PEM").lower().replace("_", " ")
            told = (
                f"{files['cert_file']} and {files['key_file']} are no certificate and key in PEM "
                f"without a password (OpenSSL: {why})"
            )
        raise given["key_file"].wrong(told) from None
    except OSError as error:
        # It was there a moment ago: somebody renews it just now.
        told = f"{files['cert_file']} or {files['key_file']} cannot be read: {error.strerror}"
        raise given["cert_file"].wrong(told) from None


def _no_password() -> str:
    return ""


def _set_client_auth(
    context: ssl.SSLContext,
    given: Mapping[str, Branch],
    files: Mapping[str, Path],
    warnings: list[str],
) -> None:
    kind = "NoClientCert"
    if "client_auth_type" in given and given["client_auth_type"].text():
        place = given["client_auth_type"]
        kind = place.choice([*_VERIFY, _REQUEST, *_UNVERIFIED])
        if kind in _UNVERIFIED:
            raise place.wrong(
                f"{kind} would admit any certificate, which is not supported: "
                "give RequireAndVerifyClientCert and client_ca_file"
            )
        if kind == _REQUEST:
            told = f"{kind} checks no certificate, so none is asked for"
            warnings.append(str(place.wrong(told)))
            kind = "NoClientCert"
    context.verify_mode = _VERIFY[kind]
    authorities = files.get("client_ca_file")
    if authorities is None:
        if context.verify_mode is not ssl.CERT_NONE:
            raise given["client_auth_type"].wrong(f"{kind} needs client_ca_file")
        return
    place = given["client_ca_file"]
    if context.verify_mode is ssl.CERT_NONE:
        raise place.wrong("it has no effect without client_auth_type: RequireAndVerifyClientCert")
    _check_readable(place, authorities)
    try:
        context.load_verify_locations(authorities)
    except ssl.SSLError:
        raise place.wrong(f"{authorities} has no certificate in PEM") from None
    except OSError as error:
        raise place.wrong(f"{authorities} cannot be read: {error.strerror}") from None


def _allowed_sans(context: ssl.SSLContext, given: Mapping[str, Branch]) -> frozenset[str]:
    if "client_allowed_sans" not in given:
        return frozenset()
    place = given["client_allowed_sans"]
    if context.verify_mode is not ssl.CERT_REQUIRED:
        raise place.wrong("it needs client_auth_type: RequireAndVerifyClientCert")
    names = frozenset(item.text() for item in place.items())
    if not names or "" in names:
        raise place.wrong("expected names")
    return names


def _san(kind: str, value: str) -> str:
    if kind == "IP Address":
        # The long form of an IPv6 address is OpenSSL's; people write the short one.
        with contextlib.suppress(ValueError):
            return str(ip_address(value.strip()))
    return value


def _set_versions(
    context: ssl.SSLContext, given: Mapping[str, Branch], warnings: list[str]
) -> None:
    lowest = highest = None
    if "min_version" in given:
        lowest = given["min_version"].choice(_VERSIONS)
        if lowest in _FORBIDDEN:
            told = f"{lowest} is not safe: TLS12 is the least here"
            warnings.append(str(given["min_version"].wrong(told)))
    if "max_version" in given:
        highest = given["max_version"].choice(_VERSIONS)
        if highest in _FORBIDDEN:
            raise given["max_version"].wrong(f"{highest} is not safe: expected TLS12 or TLS13")
    if (lowest, highest) == ("TLS13", "TLS12"):
        raise given["min_version"].wrong("it is higher than max_version")
    context.minimum_version = _VERSIONS[lowest or "TLS12"]
    if highest:
        context.maximum_version = _VERSIONS[highest]


def _set_suites(context: ssl.SSLContext, given: Mapping[str, Branch]) -> None:
    if "prefer_server_cipher_suites" in given:
        if given["prefer_server_cipher_suites"].switch():
            context.options |= ssl.OP_CIPHER_SERVER_PREFERENCE
        else:
            context.options &= ~ssl.OP_CIPHER_SERVER_PREFERENCE
    if "cipher_suites" not in given:
        return
    place = given["cipher_suites"]
    names = [item.choice([*_SUITES, *_SUITES_13]) for item in place.items()]
    wanted = [_SUITES[name] for name in names if name in _SUITES]
    if wanted:
        try:
            context.set_ciphers(":".join(wanted))
        except ssl.SSLError:
            raise place.wrong("OpenSSL has none of these here") from None
    elif names and context.minimum_version is not ssl.TLSVersion.TLSv1_3:
        raise place.wrong("none of these is for TLS 1.2: give one, or min_version: TLS13")


def _set_curves(context: ssl.SSLContext, given: Mapping[str, Branch], warnings: list[str]) -> None:
    if "curve_preferences" not in given:
        return
    place = given["curve_preferences"]
    curves = [item.choice(_CURVES) for item in place.items()]
    if len(curves) == 1:
        context.set_ecdh_curve(_CURVES[curves[0]])
    elif curves:
        # Python has no call for a list before 3.15.
        told = "one curve can be given here; of several OpenSSL's own choice holds"
        warnings.append(str(place.wrong(told)))


def _check_readable(place: Branch, path: Path) -> None:
    try:
        with path.open("rb"):
            pass
    except OSError as error:
        raise place.wrong(f"{path} cannot be read: {error.strerror}") from None

"""The web configuration: what it takes, and what an error says of it."""

from __future__ import annotations

import builtins
import ssl
import sys
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization

from redis_health.config import Settings, web_tls
from redis_health.config.web_config import WebConfig, read_web_config
from redis_health.errors import ConfigError
from tests.certificates import Certificates
from tests.config.declared import settings

HASH = "$2y$10$" + "abcdefghijklmnopqrstu." + "abcdefghijklmnopqrstuvwxyz01234"
NAME = "--web.config.file"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "web.yml"


@pytest.fixture
def pair(certificates: Certificates) -> str:
    """The least that switches TLS on; relative paths are looked up beside the file."""
    server = certificates.server
    return f"tls_server_config:\n  cert_file: {server.cert}\n  key_file: {server.key}\n"


def read(file: Path, content: str) -> WebConfig:
    file.write_text(content, encoding="utf-8")
    return read_web_config(file, name=NAME)


def refused(file: Path, content: str) -> str:
    with pytest.raises(ConfigError) as error:
        read(file, content)
    return str(error.value).removeprefix(f"{file}: ")


@pytest.mark.parametrize("content", ["", "# nothing\n", "tls_server_config: {}\n", "---\n"])
def test_an_empty_file_asks_for_nothing(file: Path, content: str) -> None:
    found = read(file, content)
    assert (found.tls, found.users, found.headers, found.warnings) == (None, {}, {}, ())


def test_users_have_their_hashes_which_nothing_shows(file: Path) -> None:
    content = f"basic_auth_users:\n  alice: {HASH}\n  1: {HASH.replace('2y', '2b')}\n"
    found = read(file, content)
    assert found.users == {b"alice": HASH.encode(), b"1": HASH.replace("2y", "2b").encode()}
    assert "$2" not in repr(found)


@pytest.mark.parametrize("version", ["2a", "2b", "2y"])
@pytest.mark.parametrize("cost", ["04", "10", "15"])
def test_every_form_of_bcrypt_is_taken(file: Path, version: str, cost: str) -> None:
    digest = f"${version}${cost}${HASH[7:]}"
    assert read(file, f"basic_auth_users: {{a: {digest}}}").users == {b"a": digest.encode()}


@pytest.mark.parametrize(
    "digest",
    [
        "hush",
        "''",
        "",
        "[hush]",
        HASH[:-1],
        HASH + "x",
        HASH.replace("2y", "2x"),
        HASH.replace("$10$", "$03$"),
        HASH.replace("$10$", "$32$"),
        '"\\ud800"',
        "$5$rounds=1000$hush",
        "'{SHA}hush'",
    ],
)
def test_what_is_no_hash_is_refused_and_not_shown(file: Path, digest: str) -> None:
    told = refused(file, f"# first line\nbasic_auth_users:\n  alice: {digest}\n")
    assert told.startswith("line 3: basic_auth_users: expected ")
    assert "hush" not in told
    assert "$2y$1" not in told


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("colour: blue\n", "line 1: colour: no such key"),
        (
            "basic_auth_user: {}\n",
            "line 1: basic_auth_user: no such key; did you mean basic_auth_users?",
        ),
        (f"{HASH}: alice\n", "line 1: no such key"),
        (f"basic_auth_users:\n  {HASH}: alice\n", "line 2: basic_auth_users: expected the bcrypt"),
        (f"basic_auth_users:\n  'a:b': {HASH}\n", "line 2: basic_auth_users: expected a user name"),
        (f"basic_auth_users: [{HASH}]\n", "line 1: basic_auth_users: expected keys with values"),
        (
            f"basic_auth_users:\n  a: {HASH}\n  a: {HASH}\n",
            "line 3: basic_auth_users: a key stands there twice",
        ),
        ("? [a]\n: b\n", "line 1: expected a text as key"),
        (f"a: {HASH}\n  b: [\n", "line 2: not YAML: mapping values are not allowed here"),
        (
            f"basic_auth_users:\n  a: {HASH.replace('$10$', '$16$')}\n",
            "line 2: basic_auth_users: a bcrypt cost of 16 would hold up all logins: at most 15",
        ),
        (
            f'basic_auth_users:\n  "\\ud800": {HASH}\n',
            "line 2: basic_auth_users: expected a text without a zero byte or half a character",
        ),
        ("a: *hunter2\n", "line 1: not YAML: found undefined alias …"),
        ('a: "\\UFFFFFFFF"\n', "not YAML: a character or a depth that is not allowed"),
        ("a: \x01\n", "not YAML: a character or a depth that is not allowed"),
        ("a: " + "[" * 5000, "not YAML: a character or a depth that is not allowed"),
        ("http_server_config:\n  http2: 3\n", "line 2: http_server_config: http2: expected true"),
        ("tls_server_config:\n  cert_file: x\n", "line 1: tls_server_config: key_file is missing"),
        ("tls_server_config:\n  key: x\n", "line 2: tls_server_config: key: not supported, put it"),
        ("tls_server_config:\n  min_version: x\n", "line 1: tls_server_config: cert_file is miss"),
    ],
)
def test_an_error_names_line_and_key(file: Path, content: str, told: str) -> None:
    assert refused(file, content).startswith(told)
    assert "$2" not in refused(file, content).replace("($2a$, $2b$ or $2y$)", "")


def test_headers_are_those_that_the_toolkit_knows(file: Path) -> None:
    found = read(
        file,
        "http_server_config:\n  http2: true\n  headers:\n"
        "    Strict-Transport-Security: max-age=31536000\n"
        "    X-Frame-Options: sameorigin\n    X-XSS-Protection: ''\n",
    )
    assert found.headers == {
        "Strict-Transport-Security": "max-age=31536000",
        "X-Frame-Options": "sameorigin",
    }


@pytest.mark.parametrize(
    ("header", "told"),
    [
        ("X-Other: x", "X-Other: no such key"),
        ("X-Frame-Options: allow", "X-Frame-Options: expected deny or sameorigin"),
        ("X-Content-Type-Options: x", "X-Content-Type-Options: expected nosniff"),
        (
            'X-XSS-Protection: "0\\r\\nSet-Cookie: a"',
            "X-XSS-Protection: expected one line of ASCII",
        ),
    ],
)
def test_other_headers_are_refused(file: Path, header: str, told: str) -> None:
    content = f"http_server_config:\n  headers:\n    {header}\n"
    assert refused(file, content).startswith(f"line 3: http_server_config: headers: {told}")


def test_a_rate_limit_is_ignored_with_a_warning(file: Path) -> None:
    found = read(file, "rate_limit:\n  interval: 1s\n  burst: 3\n")
    assert found.warnings == (
        f"{file}: line 1: rate_limit: not supported and ignored; "
        "the number of connections has a limit of its own",
    )


def test_paths_are_relative_to_the_file(
    file: Path, certificates: Certificates, tmp_path: Path
) -> None:
    (tmp_path / "a.crt").write_bytes(certificates.server.cert.read_bytes())
    (tmp_path / "a.key").write_bytes(certificates.server.key.read_bytes())
    found = read(file, "tls_server_config: {cert_file: a.crt, key_file: a.key}\n")
    assert set(found.stamps) == {file, tmp_path / "a.crt", tmp_path / "a.key"}
    assert found.is_current()
    (tmp_path / "a.key").touch()
    assert not found.is_current()


def context(found: WebConfig) -> ssl.SSLContext:
    assert found.tls is not None
    return found.tls.context


def test_tls_begins_at_1_2_and_asks_for_no_certificate(file: Path, pair: str) -> None:
    found = context(read(file, pair))
    assert found.minimum_version is ssl.TLSVersion.TLSv1_2
    assert found.verify_mode is ssl.CERT_NONE


@pytest.mark.parametrize(
    ("words", "least", "most"),
    [
        ("min_version: TLS13", ssl.TLSVersion.TLSv1_3, ssl.TLSVersion.MAXIMUM_SUPPORTED),
        ("max_version: TLS12", ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_2),
        ("max_version: TLS13", ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3),
    ],
)
def test_versions(
    file: Path, pair: str, words: str, least: ssl.TLSVersion, most: ssl.TLSVersion
) -> None:
    found = context(read(file, f"{pair}  {words}\n"))
    assert (found.minimum_version, found.maximum_version) == (least, most)


def test_suites_and_curves_are_gos_names(file: Path, pair: str) -> None:
    suite = "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"
    found = context(
        read(file, f"{pair}  cipher_suites: [{suite}]\n  curve_preferences: [X25519]\n")
    )
    old = [each["name"] for each in found.get_ciphers() if each["protocol"] != "TLSv1.3"]
    assert old == ["ECDHE-ECDSA-AES256-GCM-SHA384"]


@pytest.mark.parametrize("wanted", [True, False])
def test_whose_preference_decides(file: Path, pair: str, wanted: bool) -> None:
    found = context(read(file, f"{pair}  prefer_server_cipher_suites: {str(wanted).lower()}\n"))
    assert bool(found.options & ssl.OP_CIPHER_SERVER_PREFERENCE) is wanted


@pytest.mark.parametrize(
    ("kind", "mode"),
    [
        ("VerifyClientCertIfGiven", ssl.CERT_OPTIONAL),
        ("RequireAndVerifyClientCert", ssl.CERT_REQUIRED),
    ],
)
def test_certificates_of_clients(
    file: Path, pair: str, certificates: Certificates, kind: str, mode: ssl.VerifyMode
) -> None:
    content = f"{pair}  client_auth_type: {kind}\n  client_ca_file: {certificates.ca}\n"
    found = read(file, content)
    assert context(found).verify_mode is mode
    assert certificates.ca in found.stamps


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("min_version: TLS10", "min_version: TLS10 is not safe: TLS12 is the least here"),
        ("curve_preferences: [CurveP256, X25519]", "curve_preferences: one curve can be given"),
        ("client_auth_type: RequestClientCert", "client_auth_type: RequestClientCert checks no"),
    ],
)
def test_what_costs_no_safety_is_a_warning(file: Path, pair: str, words: str, told: str) -> None:
    found = read(file, f"{pair}  {words}\n")
    assert len(found.warnings) == 1
    assert found.warnings[0].startswith(f"{file}: line 4: tls_server_config: {told}")
    assert context(found).minimum_version is ssl.TLSVersion.TLSv1_2


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("max_version: TLS11", "max_version: TLS11 is not safe: expected TLS12 or TLS13"),
        ("max_version: TLS12\n  min_version: TLS13", "min_version: it is higher than max_version"),
        ("cipher_suites: [TLS_RSA_WITH_RC4_128_SHA]", "cipher_suites: expected one of TLS_ECDHE"),
        ("cipher_suites: [TLS_AES_128_GCM_SHA256]", "cipher_suites: none of these is for TLS 1.2"),
        ("cipher_suites: TLS_AES_128_GCM_SHA256", "cipher_suites: expected a list"),
        ("curve_preferences: [P256]", "curve_preferences: expected one of CurveP256"),
        ("client_auth_type: Other", "client_auth_type: expected one of NoClientCert"),
        ("client_auth_type: RequireAnyClientCert", "client_auth_type: RequireAnyClientCert would"),
        (
            "client_auth_type: RequireAndVerifyClientCert",
            "client_auth_type: RequireAndVerifyClientCert needs client_ca_file",
        ),
        ("client_ca_file: CA", "client_ca_file: it has no effect without client_auth_type"),
        ("client_allowed_sans: [a]", "client_allowed_sans: it needs client_auth_type"),
        (
            "client_ca_file: KEY\n  client_auth_type: VerifyClientCertIfGiven",
            "client_ca_file: KEY has no certificate in PEM",
        ),
        (
            "client_ca_file: /nowhere\n  client_auth_type: VerifyClientCertIfGiven",
            "client_ca_file: /nowhere cannot be read: No such file or directory",
        ),
        (
            "client_ca_file: CA\n  client_auth_type: RequireAndVerifyClientCert\n"
            "  client_allowed_sans: []",
            "client_allowed_sans: expected names",
        ),
    ],
)
def test_what_would_be_less_safe_is_refused(
    file: Path, pair: str, certificates: Certificates, words: str, told: str
) -> None:
    names = {"KEY": str(certificates.server.key), "CA": str(certificates.ca)}
    for name, path in names.items():
        words, told = (
            words.replace(f": {name}", f": {path}"),
            told.replace(f": {name} ", f": {path} "),
        )
    assert f"tls_server_config: {told}" in refused(file, f"{pair}  {words}\n")


def test_a_key_must_be_that_of_the_certificate(
    file: Path, pair: str, certificates: Certificates
) -> None:
    other = certificates.client.key
    told = refused(file, pair.replace(str(certificates.server.key), str(other)))
    assert told == (
        f"line 3: tls_server_config: key_file: the key {other} is not that of "
        f"{certificates.server.cert}"
    )


def test_a_certificate_that_goes_while_it_is_read_is_named(
    file: Path, pair: str, certificates: Certificates, monkeypatch: pytest.MonkeyPatch
) -> None:
    def looked(_place: object, path: Path) -> None:
        path.unlink(missing_ok=True)

    for name in ("cert", "key"):
        own = file.with_name(name)
        own.write_bytes(getattr(certificates.server, name).read_bytes())
        pair = pair.replace(str(getattr(certificates.server, name)), str(own))
    monkeypatch.setattr(web_tls, "_check_readable", looked)
    told = refused(file, pair)
    assert told.startswith("line 2: tls_server_config: cert_file: ")
    assert told.endswith(" cannot be read: No such file or directory")


def test_what_is_no_certificate_is_named(
    file: Path, pair: str, certificates: Certificates, tmp_path: Path
) -> None:
    server = certificates.server
    for wrong in (certificates.ca, _encrypted(server.key, tmp_path / "locked.key"), file):
        told = refused(file, pair.replace(str(server.key), str(wrong)))
        assert f"{wrong} are no certificate and key in PEM without a password (OpenSSL: " in told
    assert "cert_file: /nowhere cannot be read: No such file" in refused(
        file, pair.replace(str(server.cert), "/nowhere")
    )


def _encrypted(key: Path, path: Path) -> Path:
    private = serialization.load_pem_private_key(key.read_bytes(), None)
    path.write_bytes(
        private.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"hush"),
        )
    )
    return path


@pytest.mark.parametrize(
    ("san", "allowed"),
    [
        (("DNS", "client.example"), "client.example"),
        (("email", "a@b.c"), "a@b.c"),
        (("URI", "spiffe://a/b"), "spiffe://a/b"),
        (("IP Address", "10.0.0.1"), "10.0.0.1"),
        (("IP Address", "0:0:0:0:0:0:0:1"), "::1"),
    ],
)
def test_a_client_must_have_one_of_the_names(
    file: Path, pair: str, certificates: Certificates, san: tuple[str, str], allowed: str
) -> None:
    found = read(
        file,
        f"{pair}  client_auth_type: RequireAndVerifyClientCert\n"
        f"  client_ca_file: {certificates.ca}\n  client_allowed_sans: [other, '{allowed}']\n",
    )
    assert found.tls is not None
    assert found.tls.admits({"subjectAltName": (("DNS", "x"), san)})
    assert not found.tls.admits({"subjectAltName": (("DNS", "x"), ("DNS", "y"))})
    assert not found.tls.admits({"subjectAltName": (("IP Address", "<invalid>"),)})
    assert not found.tls.admits({})
    assert not found.tls.admits(None)


def load(path: Path) -> Settings:
    return settings({"web_config_file": str(path)})


def test_the_settings_have_it_with_its_warnings(file: Path) -> None:
    file.write_text(f"rate_limit: {{}}\nbasic_auth_users: {{a: {HASH}}}\n")
    found = load(file)
    assert found.web is not None
    assert found.web.users == {b"a": HASH.encode()}
    assert [warning for warning in found.warnings if "rate_limit" in warning]
    assert found.sources["web-config-file"].value == str(file)
    assert found.sources["web-config-file"].origin == "flag --web.config.file"
    assert "$2y" not in repr(found)


def test_without_the_option_there_is_none() -> None:
    assert settings().web is None


@pytest.mark.parametrize("content", [None, b"\xff\xfe"])
def test_a_file_that_cannot_be_read_is_named(file: Path, content: bytes | None) -> None:
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(ConfigError, match=rf"^{NAME}: {file} cannot be read: ") as error:
        load(file)
    assert str(error.value).endswith(
        "No such file or directory" if content is None else "UTF-8 text"
    )


@pytest.mark.parametrize("package", ["yaml", "bcrypt"])
def test_a_package_that_is_missing_is_named(
    file: Path, monkeypatch: pytest.MonkeyPatch, package: str
) -> None:
    file.write_text(f"basic_auth_users: {{a: {HASH}}}\n")
    for name in list(sys.modules):
        if name == package or name.startswith(
            ("redis_health.config.web_", "redis_health.config.y")
        ):
            monkeypatch.delitem(sys.modules, name)
    original = builtins.__import__

    def importing(name: str, *args: Any, **kwargs: Any) -> Any:
        if name.partition(".")[0] == package:
            raise ModuleNotFoundError(f"No module named {name!r}", name=package)
        return original(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", importing)
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(ConfigError, match=r"pip install 'redis-health\[web\]'") as error:
        load(file)
    assert f"the package {package} is missing" in str(error.value)

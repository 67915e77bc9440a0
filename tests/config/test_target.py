from __future__ import annotations

import os
from pathlib import Path

import pytest

from redis_health.errors import ConfigError
from redis_health.model import TLSSettings
from tests.config.declared import settings

FILES = (
    "REDIS_PASSWORD_FILE",
    "REDIS_TLS_CA_FILE",
    "REDIS_TLS_CERT_FILE",
    "REDIS_TLS_KEY_FILE",
)


@pytest.fixture
def pem(tmp_path: Path) -> str:
    path = tmp_path / "both.pem"
    path.write_text("")
    return str(path)


def test_tls_settings_arrive(pem: str) -> None:
    found = settings(
        environ={
            "REDIS_TLS": "yes",
            "REDIS_TLS_CA_FILE": pem,
            "REDIS_TLS_CERT_FILE": pem,
            "REDIS_TLS_KEY_FILE": pem,
            "REDIS_TLS_SERVER_NAME": "redis.example",
            "REDIS_TLS_VERIFY": "CA",
        }
    )
    assert found.target.tls == TLSSettings(
        ca_file=pem, cert_file=pem, key_file=pem, server_name="redis.example", verify="ca"
    )
    assert found.target.url == "rediss://localhost:6379"
    assert found.warnings == ()


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_is_not_there_is_an_error(name: str, tmp_path: Path) -> None:
    path = tmp_path / "gone"
    with pytest.raises(ConfigError) as error:
        settings(environ={name: str(path)})
    assert str(error.value) == f"{name}: {path} cannot be read: No such file or directory"


@pytest.mark.parametrize("name", FILES)
def test_a_directory_is_an_error(name: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as error:
        settings(environ={name: str(tmp_path)})
    assert str(error.value) == f"{name}: {tmp_path} cannot be read: it is a directory"


def test_a_file_that_may_not_be_read_is_an_error(pem: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # The superuser, as whom tests may run in a container, may read everything.
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with pytest.raises(ConfigError) as error:
        settings({"redis_password_file": pem})
    assert str(error.value) == f"--redis-password-file: {pem} cannot be read: permission denied"


def test_a_name_that_is_too_long_is_an_error() -> None:
    with pytest.raises(ConfigError, match=r"^REDIS_TLS_CA_FILE: x+ cannot be read: File name too"):
        settings(environ={"REDIS_TLS_CA_FILE": "x" * 300})


def test_a_password_file_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "password"
    os.mkfifo(path)
    assert settings({"redis_password_file": str(path)}).target.password_file == str(path)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("REDIS_TLS_CERT_FILE", "redis-tls-key-file"),
        ("REDIS_TLS_KEY_FILE", "redis-tls-cert-file"),
    ],
)
def test_half_a_key_pair_is_an_error(one: str, other: str, pem: str) -> None:
    with pytest.raises(ConfigError, match=rf"^{one}: expected {other} with it"):
        settings(environ={"REDIS_TLS": "1", one: pem})


def test_tls_settings_without_tls_are_warnings(pem: str) -> None:
    found = settings(
        {"redis_tls_server_name": "x", "redis_url": "redis://h"},
        {"REDIS_TLS_CA_FILE": pem, "REDIS_TLS_VERIFY": "none"},
    )
    assert found.target.tls is None
    assert found.warnings == (
        "REDIS_TLS_CA_FILE has no effect without TLS",
        "--redis-tls-server-name has no effect without TLS",
        "REDIS_TLS_VERIFY has no effect without TLS",
    )

"""The options of ``/scrape``, and the file of its logins."""

from __future__ import annotations

from pathlib import Path

import pytest

from redis_health.config import Login, Scheme, describe
from redis_health.errors import ConfigError
from redis_health.model import TLSSettings
from tests.config.declared import settings


def test_nothing_is_allowed_by_default() -> None:
    found = settings().scrape
    assert found.allow == ()
    assert found.logins == ()
    assert found.schemes == {Scheme.REDIS}
    assert (found.targets, found.idle) == (100, 300.0)


def test_all_of_them(tmp_path: Path) -> None:
    logins = tmp_path / "logins.toml"
    logins.write_text("")
    found = settings(
        environ={
            "REDIS_HEALTH_SCRAPE_ALLOW": "redis-1:6379, 10.0.0.0/8",
            "REDIS_HEALTH_SCRAPE_SCHEMES": "rediss,UNIX",
            "REDIS_HEALTH_SCRAPE_CREDENTIALS": str(logins),
            "REDIS_HEALTH_SCRAPE_TARGETS": "7",
            "REDIS_HEALTH_SCRAPE_IDLE": "60",
        }
    ).scrape
    assert [str(each) for each in found.allow] == ["redis-1:6379", "10.0.0.0/8"]
    assert found.schemes == {Scheme.REDISS, Scheme.UNIX}
    assert found.logins == ()
    assert (found.targets, found.idle) == (7, 60.0)


def test_a_wrong_scheme_is_named() -> None:
    with pytest.raises(ConfigError, match="REDIS_HEALTH_SCRAPE_SCHEMES: expected schemes"):
        settings(environ={"REDIS_HEALTH_SCRAPE_SCHEMES": "http"})


def test_logins(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("pw")
    found = _read(
        tmp_path,
        f"""
        [[credentials]]
        target = "redis-*:6379"
        username = "mon"
        password = "s3cr3t"

        [[credentials]]
        target = "10.0.0.0/8"
        password_file = "{secret}"
        tls_ca_file = "{secret}"
        tls_verify = "ca"
        """,
    )
    first, second = found
    assert str(first.target) == "redis-*:6379"
    assert (first.username, first.password, first.tls) == ("mon", "s3cr3t", None)
    assert second.password_file == str(secret)
    assert second.tls == TLSSettings(ca_file=str(secret), verify="ca")
    assert "s3cr3t" not in repr(found)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[[credential]]", "credential: no such table; did you mean credentials?"),
        ("credentials = 1", "credentials: expected tables, each under [[credentials]]"),
        ("credentials = [1]", "credentials: expected tables"),
        ("[[credentials]]", "credentials 1: target is missing"),
        ('[[credentials]]\ntarget = "a:b:c"', "credentials 1: target: expected a pattern"),
        ('[[credentials]]\npasswort = "s3cr3t"', "passwort: no such key; did you mean password?"),
        ("[[credentials]]\npassword = 1234", "credentials 1: password: expected text"),
        ('[[credentials]]\npassword = ""', "credentials 1: password: expected text"),
        (
            '[[credentials]]\ntarget = "a"\npassword = "s3cr3t"\npassword_file = "b"',
            "password and password_file: expected one of them",
        ),
        ('[[credentials]]\ntarget = "a"\ntls_cert_file = "b"', "expected both of them"),
        ('[[credentials]]\ntarget = "a"\ntls_verify = "no"', "expected one of full, ca, none"),
        ('[[credentials]]\ntarget = "a"\npassword_file = "b"', "password_file: b is not there"),
        ("s3cr3t", "cannot be read"),
    ],
)
def test_a_wrong_file_is_an_error_without_its_secrets(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(ConfigError) as caught:
        _read(tmp_path, text)
    assert told in str(caught.value)
    assert str(tmp_path / "logins.toml") in str(caught.value)
    assert "s3cr3t" not in str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "nothing"
    with pytest.raises(ConfigError, match=r"REDIS_HEALTH_SCRAPE_CREDENTIALS: .*nothing cannot be"):
        settings(environ={"REDIS_HEALTH_SCRAPE_CREDENTIALS": str(path)})


def test_a_file_of_something_else(tmp_path: Path) -> None:
    path = tmp_path / "logins.toml"
    path.write_bytes(b"\xff")
    with pytest.raises(ConfigError, match="it is not UTF-8 text"):
        settings(environ={"REDIS_HEALTH_SCRAPE_CREDENTIALS": str(path)})


def test_the_configuration_shows_no_login(tmp_path: Path) -> None:
    path = tmp_path / "logins.toml"
    path.write_text('[[credentials]]\ntarget = "redis"\npassword = "s3cr3t"')
    found = settings(environ={"REDIS_HEALTH_SCRAPE_CREDENTIALS": str(path)})
    assert str(path) in describe(found)
    assert "s3cr3t" not in describe(found) + repr(found)


def _read(directory: Path, text: str) -> tuple[Login, ...]:
    path = directory / "logins.toml"
    path.write_text(text)
    return settings(environ={"REDIS_HEALTH_SCRAPE_CREDENTIALS": str(path)}).scrape.logins

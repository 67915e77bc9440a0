"""The Sentinels in the configuration."""

from __future__ import annotations

from pathlib import Path

import pytest

from redis_health.config import describe
from redis_health.errors import ConfigError
from redis_health.model import Target, TLSSettings, Watchers
from tests.config.declared import settings

SENTINELS = {"REDIS_HEALTH_SENTINELS": "a, b:1,[::1]:2, [fe80::1]"}


def watchers(environ: dict[str, str], flags: dict[str, object] | None = None) -> Watchers:
    found = settings(flags, environ).probe_options.watchers
    assert found is not None
    return found


def test_none_by_default() -> None:
    found = settings()
    assert found.probe_options.watchers is None
    assert found.sources["sentinels"].value == "-"


def test_addresses() -> None:
    found = watchers(SENTINELS)
    assert [(each.host, each.port) for each in found.sentinels] == [
        ("a", 26379),
        ("b", 1),
        ("::1", 2),
        ("fe80::1", 26379),
    ]
    assert found.primary is None
    assert watchers({}, {"sentinels": "a,b"}).sentinels[1] == Target(host="b", port=26379)
    shown = settings(environ=SENTINELS).sources["sentinels"].value
    assert shown == "a:26379,b:1,[::1]:2,[fe80::1]:26379"


@pytest.mark.parametrize("bad", ["a,a", "a,a:26379", "a:0", "a:x", "a b", "::1", "redis://a", ","])
def test_bad_addresses(bad: str) -> None:
    with pytest.raises(ConfigError, match="REDIS_HEALTH_SENTINELS: expected addresses such as"):
        settings(environ={"REDIS_HEALTH_SENTINELS": bad})


def test_a_name_needs_sentinels() -> None:
    with pytest.raises(ConfigError) as error:
        settings(environ={"REDIS_HEALTH_SENTINEL_MASTER": "mymaster"})
    assert str(error.value) == "REDIS_HEALTH_SENTINEL_MASTER: expected sentinels with it"
    with pytest.raises(ConfigError, match=r"^--sentinel-master: expected sentinels with it$"):
        settings(flags={"sentinel_master": "mymaster"})
    found = watchers({**SENTINELS, "REDIS_HEALTH_SENTINEL_MASTER": "mymaster"})
    assert found.primary == "mymaster"


def test_the_login(tmp_path: Path) -> None:
    login = {
        "REDIS_HEALTH_SENTINEL_USERNAME": "u",
        "REDIS_HEALTH_SENTINEL_PASSWORD": "hunter2",
        "REDIS_PASSWORD": "of redis",
    }
    found = settings(environ={**SENTINELS, **login})
    options = found.probe_options.watchers
    assert options is not None
    assert {(each.username, each.password) for each in options.sentinels} == {("u", "hunter2")}
    assert found.target.password == "of redis"
    assert "hunter2" not in repr(found) + describe(found)
    assert found.warnings == ()

    file = tmp_path / "password"
    file.write_text("x")
    both = {**SENTINELS, **login, "REDIS_HEALTH_SENTINEL_PASSWORD_FILE": str(file)}
    found = settings(environ=both)
    options = found.probe_options.watchers
    assert options is not None
    assert options.sentinels[0].password is None
    assert options.sentinels[0].password_file == str(file)
    assert found.warnings == (
        "REDIS_HEALTH_SENTINEL_PASSWORD is ignored: REDIS_HEALTH_SENTINEL_PASSWORD_FILE is given"
        " too",
    )


def test_the_password_has_no_flag() -> None:
    with pytest.raises(ConfigError, match="--sentinel-password: no such flag"):
        settings(flags={"sentinel_password": "hunter2"})


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"SENTINEL_PASSWORD_FILE: .* cannot be read"):
        settings(environ={"REDIS_HEALTH_SENTINEL_PASSWORD_FILE": str(tmp_path / "gone")})


def test_tls_is_that_of_redis(tmp_path: Path) -> None:
    pem = tmp_path / "ca.pem"
    pem.write_text("")
    tls = {"REDIS_TLS_CA_FILE": str(pem), "REDIS_HEALTH_SENTINEL_TLS": "yes"}
    found = settings(environ={**SENTINELS, **tls})
    options = found.probe_options.watchers
    assert options is not None
    assert options.sentinels[0].tls == TLSSettings(ca_file=str(pem))
    assert found.target.tls is None
    assert found.warnings == ()
    assert watchers({**SENTINELS, "REDIS_TLS": "yes"}).sentinels[0].tls is None


def test_what_has_no_effect() -> None:
    given = {"REDIS_HEALTH_SENTINEL_USERNAME": "u", "REDIS_HEALTH_SENTINEL_TLS": "yes"}
    assert settings(environ=given).warnings == (
        "REDIS_HEALTH_SENTINEL_USERNAME has no effect without sentinels",
        "REDIS_HEALTH_SENTINEL_TLS has no effect without sentinels",
    )

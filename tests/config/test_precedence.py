from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from redis_health.config import Source
from redis_health.errors import ConfigError
from redis_health.model import Target
from tests.config.declared import settings

WON = "is ignored: REDIS_URL says otherwise"


def watched(
    flags: dict[str, Any] | None = None, environ: dict[str, str] | None = None
) -> dict[str, Any]:
    """The fields of the target that are not at their default; ``tls`` is whether there is any."""
    target = settings(flags, environ).target
    given = {
        each.name: value
        for each in fields(Target)
        if (value := getattr(target, each.name)) != each.default
    }
    return given | {"tls": True} if target.tls else given


def test_nothing_given_is_the_seeds_default() -> None:
    assert settings().target.url == "redis://localhost:6379"
    assert settings().warnings == ()


@pytest.mark.parametrize(
    ("environ", "target"),
    [
        ({"REDIS_HOST": "h"}, {"host": "h"}),
        ({"REDIS_PORT": "7000", "REDIS_DB": "3"}, {"port": 7000, "db": 3}),
        ({"REDIS_PASSWORD": "pw", "REDIS_USERNAME": "u"}, {"password": "pw", "username": "u"}),
        ({"REDIS_URL": "redis://h"}, {"host": "h"}),
        ({"REDIS_URL": "rediss://h"}, {"host": "h", "tls": True}),
        ({"REDIS_URL": "redis://h", "REDIS_PORT": "7000"}, {"host": "h", "port": 7000}),
        ({"REDIS_URL": "redis://:7000", "REDIS_HOST": "h"}, {"host": "h", "port": 7000}),
        ({"REDIS_URL": "redis://h", "REDIS_DB": "2"}, {"host": "h", "db": 2}),
        (
            {"REDIS_URL": "redis://u@h", "REDIS_PASSWORD": "pw"},
            {"host": "h", "username": "u", "password": "pw"},
        ),
        (
            {"REDIS_URL": "redis://:pw@h", "REDIS_USERNAME": "u"},
            {"host": "h", "username": "u", "password": "pw"},
        ),
        ({"REDIS_URL": "redis://h:6379", "REDIS_HOST": "h", "REDIS_PORT": "6379"}, {"host": "h"}),
        ({"REDIS_URL": "unix:///s", "REDIS_DB": "2"}, {"path": "/s", "db": 2}),
    ],
)
def test_one_source_alone(environ: dict[str, str], target: dict[str, Any]) -> None:
    assert watched(environ=environ) == target
    assert settings(environ=environ).warnings == ()


@pytest.mark.parametrize(
    ("environ", "target", "warning"),
    [
        ({"REDIS_URL": "redis://h", "REDIS_HOST": "x"}, {"host": "h"}, f"REDIS_HOST {WON}"),
        (
            {"REDIS_URL": "redis://h:1", "REDIS_PORT": "2"},
            {"host": "h", "port": 1},
            f"REDIS_PORT {WON}",
        ),
        ({"REDIS_URL": "redis://h/0", "REDIS_DB": "2"}, {"host": "h"}, f"REDIS_DB {WON}"),
        (
            {"REDIS_URL": "redis://u@h", "REDIS_USERNAME": "v"},
            {"host": "h", "username": "u"},
            f"REDIS_USERNAME {WON}",
        ),
        (
            {"REDIS_URL": "redis://:a@h", "REDIS_PASSWORD": "b"},
            {"host": "h", "password": "a"},
            f"REDIS_PASSWORD {WON}",
        ),
        (
            {"REDIS_URL": "redis://:a@h", "REDIS_PASSWORD_FILE": "/nowhere"},
            {"host": "h", "password": "a"},
            f"REDIS_PASSWORD_FILE {WON}",
        ),
        ({"REDIS_URL": "redis://h", "REDIS_TLS": "true"}, {"host": "h"}, f"REDIS_TLS {WON}"),
        (
            {"REDIS_URL": "rediss://h", "REDIS_TLS": "no"},
            {"host": "h", "tls": True},
            f"REDIS_TLS {WON}",
        ),
        ({"REDIS_URL": "unix:///s", "REDIS_HOST": "x"}, {"path": "/s"}, f"REDIS_HOST {WON}"),
        ({"REDIS_URL": "unix:///s", "REDIS_PORT": "1"}, {"path": "/s"}, f"REDIS_PORT {WON}"),
        (
            {"REDIS_URL": "unix:///s", "REDIS_TLS": "1"},
            {"path": "/s"},
            "REDIS_TLS has no effect on a unix socket",
        ),
    ],
)
def test_the_url_wins_with_a_warning(
    environ: dict[str, str], target: dict[str, Any], warning: str
) -> None:
    assert watched(environ=environ) == target
    assert settings(environ=environ).warnings == (warning,)


@pytest.mark.parametrize(
    ("flags", "environ", "target"),
    [
        # A field of a higher source beats the same field of a lower one, URL or not.
        (
            {"redis_host": "f"},
            {"REDIS_URL": "redis://:pw@e:7000/2"},
            {"host": "f", "port": 7000, "db": 2, "password": "pw"},
        ),
        ({"redis_port": "1"}, {"REDIS_URL": "redis://e:7000"}, {"host": "e", "port": 1}),
        (
            {"redis_url": "redis://f"},
            {"REDIS_HOST": "e", "REDIS_PORT": "7000"},
            {"host": "f", "port": 7000},
        ),
        ({"redis_url": "redis://f"}, {"REDIS_PASSWORD": "pw"}, {"host": "f", "password": "pw"}),
        ({"redis_username": ""}, {"REDIS_USERNAME": "u"}, {}),
        # A URL beats a lower URL as a whole: no password goes to a server it was not meant for.
        ({"redis_url": "redis://f"}, {"REDIS_URL": "rediss://u:pw@e:7000/2"}, {"host": "f"}),
        # The scheme says whether TLS is spoken.
        ({"redis_tls": True}, {"REDIS_URL": "redis://e"}, {"host": "e", "tls": True}),
        ({"redis_tls": False}, {"REDIS_URL": "rediss://e"}, {"host": "e"}),
        ({"redis_url": "redis://f"}, {"REDIS_TLS": "true"}, {"host": "f"}),
        # A socket and an address exclude each other.
        ({"redis_host": "f"}, {"REDIS_URL": "unix:///s?db=2"}, {"host": "f", "db": 2}),
        ({"redis_port": "1"}, {"REDIS_URL": "unix:///s"}, {"port": 1}),
        ({"redis_url": "unix:///s"}, {"REDIS_HOST": "e", "REDIS_PORT": "1"}, {"path": "/s"}),
        ({"redis_url": "unix:///s"}, {"REDIS_URL": "redis://e:1"}, {"path": "/s"}),
        ({"redis_url": "redis://f"}, {"REDIS_URL": "unix:///s"}, {"host": "f"}),
    ],
)
def test_flags_beat_the_environment(
    flags: dict[str, Any], environ: dict[str, str], target: dict[str, Any]
) -> None:
    assert watched(flags, environ) == target
    assert settings(flags, environ).warnings == ()


def test_every_source_in_its_place(tmp_path: Path) -> None:
    file = tmp_path / "health.toml"
    file.write_text('redis_host = "file"\nredis_port = 1\nredis_db = 2\nlog_level = "error"\n')
    found = settings(
        {"config": str(file), "redis_host": "flag"}, {"REDIS_PORT": "7", "REDIS_HOST": "variable"}
    )
    assert (found.target.host, found.target.port, found.target.db) == ("flag", 7, 2)
    assert {
        name: found.sources[name]
        for name in ("redis-host", "redis-port", "redis-db", "log-level", "log-format", "config")
    } == {
        "redis-host": Source("flag", "flag --redis-host"),
        "redis-port": Source("7", "environment REDIS_PORT"),
        "redis-db": Source("2", f"file {file}: redis_db"),
        "log-level": Source("error", f"file {file}: log_level"),
        "log-format": Source("auto", "default"),
        "config": Source(str(file), "flag --config"),
    }


def test_a_password_file_beats_a_password_of_the_same_source(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("pw")
    environ = {"REDIS_PASSWORD": "hunter2", "REDIS_PASSWORD_FILE": str(file)}
    found = settings(environ=environ)
    assert (found.target.password, found.target.password_file) == (None, str(file))
    assert found.warnings == ("REDIS_PASSWORD is ignored: REDIS_PASSWORD_FILE is given too",)


def test_the_password_of_the_higher_source_counts(tmp_path: Path) -> None:
    secret = tmp_path / "password"
    secret.write_text("pw")
    file = tmp_path / "health.toml"
    environ = {"REDIS_PASSWORD": "hunter2"}

    above = settings({"redis_password_file": str(secret)}, environ)
    assert (above.target.password, above.target.password_file) == (None, str(secret))
    assert above.warnings == ()

    file.write_text(f'redis_password_file = "{secret}"')
    below = settings({"config": str(file)}, environ)
    assert (below.target.password, below.target.password_file) == ("hunter2", None)
    assert below.warnings == ()


@pytest.mark.parametrize(
    ("flags", "environ", "sources"),
    [
        (
            {},
            {},
            {
                "redis-url": ("redis://localhost:6379", "default"),
                "redis-host": ("localhost", "default"),
            },
        ),
        (
            {},
            {"REDIS_HOST": "h"},
            {"redis-url": ("-", "default"), "redis-host": ("h", "environment REDIS_HOST")},
        ),
        (
            {"redis_host": "f"},
            {"REDIS_URL": "redis://:pw@e:7000"},
            {
                "redis-url": ("redis://:********@e:7000", "environment REDIS_URL"),
                "redis-host": ("f", "flag --redis-host"),
                "redis-port": ("7000", "environment REDIS_URL"),
                "redis-password": ("********", "environment REDIS_URL"),
                "redis-tls": ("false", "environment REDIS_URL"),
            },
        ),
        (
            {},
            {"REDIS_URL": "unix:///s"},
            {
                "redis-url": ("unix:///s", "environment REDIS_URL"),
                "redis-host": ("-", "environment REDIS_URL"),
                "redis-port": ("-", "environment REDIS_URL"),
            },
        ),
    ],
)
def test_the_sources_tell_what_is_in_force(
    flags: dict[str, Any], environ: dict[str, str], sources: dict[str, tuple[str, str]]
) -> None:
    found = settings(flags, environ).sources
    assert {name: (found[name].value, found[name].origin) for name in sources} == sources


def test_a_bad_value_is_an_error_also_where_a_higher_source_overrides_it() -> None:
    with pytest.raises(ConfigError, match=r"^REDIS_PORT: expected a whole number"):
        settings({"redis_port": "1"}, {"REDIS_PORT": "none"})

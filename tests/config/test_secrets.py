from __future__ import annotations

import traceback
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from redis_health.config import describe, redact_url
from redis_health.errors import ConfigError
from tests.config.declared import settings

# A busy machine is no failure.
UNHURRIED = hypothesis_settings(deadline=None)
SECRET = "hunter2"
ORDINARY = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)
PASSWORDS = st.builds("{}{}{}".format, ORDINARY, st.just(SECRET), ORDINARY)
SCHEMES = st.sampled_from(["redis", "rediss", "valkey", "unix", "http", "REDIS", "red is", ""])


def told(flags: dict[str, Any], environ: dict[str, str]) -> str:
    """Everything that the configuration shows to anybody, error or not."""
    try:
        found = settings(flags, environ)
    except ConfigError as error:
        return "".join([str(error), repr(error), *traceback.format_exception(error)])
    return "".join([repr(found), str(found), describe(found), *found.warnings])


@UNHURRIED
@given(scheme=SCHEMES, user=ORDINARY, password=PASSWORDS, rest=ORDINARY)
@example(scheme="redis", user="", password=SECRET, rest="h:99999")
@example(scheme="redis", user="u", password=SECRET, rest="h/x?y=z#f")
@example(scheme="unix", user="u", password=f"{SECRET}@/", rest="/run/redis.sock")
@example(scheme="unix", user="u", password=SECRET, rest="run/redis.sock")
def test_a_password_in_a_url_is_never_told(
    scheme: str, user: str, password: str, rest: str
) -> None:
    url = f"{scheme}://{'x' if user.startswith('/') else ''}{user}:{password}@{rest}"
    assert SECRET not in redact_url(url)
    for option in ("redis_url", "redis_host", "redis_port", "listen", "accept", "ping_latency"):
        assert SECRET not in told({option: url}, {})
    for variable in ("REDIS_URL", "REDIS_HOST", "REDIS_PORT", "REDIS_TLS", "REDIS_HEALTH_REQUIRE"):
        assert SECRET not in told({}, {variable: url})


@UNHURRIED
@given(password=PASSWORDS)
def test_a_password_of_its_own_is_never_told(password: str) -> None:
    environ = {"REDIS_PASSWORD": password, "REDIS_URL": "redis://:other@h"}
    for given_ in (environ, {"REDIS_PASSWORD": password}):
        assert SECRET not in told({}, given_)


@pytest.mark.parametrize(
    "url",
    [
        f"redis://user:{SECRET}",
        f"redis://user:{SECRET}/0",
        f"redis://user:{SECRET}:6379",
        f"redis://:{SECRET}",
        f"redis://h?password={SECRET}",
        f"redis://h?{SECRET}",
        f"redis://h#{SECRET}",
        f"redis:/:{SECRET}@h",
        f":{SECRET}@h",
        SECRET,
    ],
)
def test_a_url_that_is_wrong_does_not_tell_what_may_be_its_password(url: str) -> None:
    environ = {"REDIS_URL": url}
    with pytest.raises(ConfigError, match=r"^REDIS_URL: expected a URL"):
        settings({}, environ)
    assert SECRET not in told({}, environ)


@pytest.mark.parametrize("url", [f"redis://:{SECRET}@h", f"unix://u:{SECRET}@/run/redis.sock"])
def test_a_password_on_the_command_line_is_an_error(url: str) -> None:
    with pytest.raises(ConfigError) as error:
        settings({"redis_url": url})
    assert str(error.value) == (
        "--redis-url: ps shows the password in it; give it in REDIS_URL, REDIS_PASSWORD or a file"
    )


def test_the_same_url_is_fine_in_the_environment_and_in_the_file(tmp_path: Path) -> None:
    url = f"redis://:{SECRET}@h"
    file = tmp_path / "health.toml"
    file.write_text(f'redis_url = "{url}"')
    for environ in ({"REDIS_URL": url}, {"REDIS_HEALTH_CONFIG": str(file)}):
        assert settings(environ=environ).target.password == SECRET
        assert SECRET not in told({}, environ)

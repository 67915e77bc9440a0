from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from redis_health.config import Settings, options
from redis_health.errors import ConfigError
from redis_health.model import Capability, Limits
from tests.config.declared import PROBES, settings


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "health.toml"


def load(file: Path, content: str) -> Settings:
    file.write_text(content, encoding="utf-8")
    return settings(environ={"REDIS_HEALTH_CONFIG": str(file)})


def test_the_file_takes_tomls_own_types(file: Path) -> None:
    found = load(
        file,
        """
        redis_url = "redis://:hunter2@h"
        redis_port = 7000
        redis_tls = false
        listen = [":9091", "[::1]:8080"]
        require = ["connect", "write"]
        accept = "SLOW"
        drain_delay = 0.5
        login_grace = 30
        ping_latency = 1
        certificate_days = "off"
        used_bytes = "5/4"
        check_write = true
        """,
    )
    assert (found.target.host, found.target.port, found.target.password) == ("h", 7000, "hunter2")
    assert [str(address) for address in found.listen] == [":9091", "[::1]:8080"]
    assert found.policy.requires == frozenset({Capability.CONNECT, Capability.WRITE})
    assert found.policy.accepted == {"SLOW"}
    assert (found.drain_delay, found.policy.login_grace) == (0.5, 30)
    assert found.policy.limits == {
        "ping_latency": Limits(1, 0.4),
        "certificate_days": Limits(None, None),
        "used_bytes": Limits(5, 4),
    }
    assert found.probe_options.given["check_write"]
    assert found.warnings == ()


def test_every_option_but_the_file_itself_is_known(file: Path) -> None:
    known = [option for option in options(PROBES) if option.in_file]
    for option in known:
        file.write_text(f"{option.key} = {{}}")
        with pytest.raises(ConfigError) as error:
            settings({"config": str(file)})
        assert str(error.value).startswith(f"{file}: {option.key}: expected ")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("redis_hots = 'h'", "redis_hots: no such key; did you mean redis_host?"),
        ("redis-host = 'h'", "redis-host: no such key; did you mean redis_host?"),
        ("config = 'other.toml'", "config: no such key"),
        ("xyzzy = 1", "xyzzy: no such key"),
        ("[redis]\nhost = 'h'", "redis: no such key"),
        (
            "redis_port = '70000'",
            "redis_port: expected a whole number from 1 to 65535, not '70000'",
        ),
        ("redis_port = 6379.0", "redis_port: expected a whole number from 1 to 65535, not 6379.0"),
        ("redis_password = 12345", "redis_password: expected text"),
        ("redis_tls = 1", "redis_tls: expected true or false, not 1"),
        ("redis_host = ['redis://:hunter2@h']", "redis_host: expected a host name"),
    ],
)
def test_an_error_names_file_and_key(file: Path, content: str, message: str) -> None:
    with pytest.raises(ConfigError) as error:
        load(file, content)
    assert str(error.value).startswith(f"{file}: {message}")
    assert "hunter2" not in str(error.value)
    assert "12345" not in str(error.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"redis_password = hunter2", "Invalid value (at line 1, column 18)"),
        (b"redis_host = '\xff'", "'utf-8' codec can't decode"),
    ],
)
def test_a_file_that_is_not_toml_is_an_error(file: Path, content: bytes, message: str) -> None:
    file.write_bytes(content)
    with pytest.raises(ConfigError) as error:
        settings(environ={"REDIS_HEALTH_CONFIG": str(file)})
    assert str(error.value).startswith(f"REDIS_HEALTH_CONFIG: {file} cannot be read: {message}")
    assert "hunter2" not in str(error.value)


def test_a_directory_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"^--config: .* cannot be read: Is a directory$"):
        settings({"config": str(tmp_path)})


def test_an_empty_flag_undoes_the_variable(file: Path) -> None:
    found = settings({"config": ""}, {"REDIS_HEALTH_CONFIG": str(file)})
    assert found.sources["config"].value == "-"


def test_a_pipe_is_read_once(file: Path) -> None:
    os.mkfifo(file)
    with subprocess.Popen(["/bin/sh", "-c", "echo 'redis_db = 3' > \"$0\"", str(file)]):
        assert settings({"config": str(file)}).target.db == 3


def test_without_a_file_no_toml_parser_is_loaded() -> None:
    program = (
        "import sys\n"
        "before = set(sys.modules)\n"
        "from redis_health.config import load\n"
        "load((), flags={}, environ={})\n"
        "lean = {'tomllib', 'click', 'redis_health.config.toml_file'}\n"
        "print(sorted(lean & (set(sys.modules) - before)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"

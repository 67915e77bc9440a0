"""How a server gets its password, and what else it gets."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from redis_health.supervisor import launch_of, read_command
from redis_health.supervisor.handover import quoted

ENVIRON = {
    "PATH": "/bin",
    "REDIS_PASSWORD": "hush",
    "REDIS_URL": "redis://:hush@localhost",
    "NOTIFY_SOCKET": "/run/notify",
}


@pytest.mark.parametrize(
    "words",
    [
        "redis-server",
        "redis-server --port 7000",
        "gosu redis valkey-server --user alice on",
        "redis-sentinel s.conf",
    ],
)
def test_a_server_gets_it_on_its_standard_input(words: str) -> None:
    launch = launch_of(read_command(words.split()), ENVIRON, password="hush")
    assert launch.words == (*words.split(), "-")
    assert launch.stdin == b'requirepass "hush"\n'
    assert launch.environment == {"PATH": "/bin"}
    assert "hush" not in repr(launch)


@pytest.mark.parametrize(
    "arguments",
    ["--requirepass other", "--REQUIREPASS other", "--aclfile users.acl", "--user default on", "-"],
)
def test_a_server_with_logins_of_its_own_does_not(arguments: str) -> None:
    words = ["redis-server", *arguments.split()]
    launch = launch_of(read_command(words), ENVIRON, password="hush")
    assert (launch.words, launch.stdin) == (tuple(words), None)
    assert launch.environment == {"PATH": "/bin"}


def test_nor_one_whose_file_has_them(tmp_path: Path) -> None:
    file = tmp_path / "redis.conf"
    file.write_text("port 7000\nrequirepass other\n")
    launch = launch_of(read_command(["redis-server", str(file)]), ENVIRON, password="hush")
    assert launch.stdin is None


def test_there_is_none() -> None:
    launch = launch_of(read_command(["redis-server"]), ENVIRON, password=None)
    assert (launch.words, launch.stdin) == (("redis-server",), None)


def test_what_is_no_server_to_us_keeps_its_variables() -> None:
    launch = launch_of(read_command(["./start.sh"]), ENVIRON, password="hush")
    assert (launch.words, launch.stdin) == (("./start.sh",), None)
    assert set(launch.environment) == {"PATH", "REDIS_PASSWORD", "REDIS_URL"}


@pytest.mark.parametrize(
    ("given", "executed"),
    [
        ("--daemonize yes", "--daemonize yes --daemonize no"),
        ("--daemonize yes -", "--daemonize yes --daemonize no -"),
        ("--daemonize no", "--daemonize no"),
    ],
)
def test_a_server_stays_in_the_foreground(given: str, executed: str) -> None:
    command = read_command(["redis-server", *given.split()])
    launch = launch_of(command, {}, password=None)
    assert launch.words == ("redis-server", *executed.split())


@pytest.mark.parametrize("secret", ["plain", "two words", 'a"b\\c', "line\nbreak", "#é€", "\udcff"])
def test_any_text_is_one_word(secret: str) -> None:
    word = quoted(secret)
    assert len(shlex.split(word)) == 1
    assert word.isascii()
    assert word.isprintable()
    raw = word[1:-1].encode().decode("unicode_escape").encode("latin-1")
    assert raw == secret.encode("utf-8", "surrogateescape")

from __future__ import annotations

from typing import Any

import click
import pytest
from click.testing import CliRunner

from redis_health.config import options
from redis_health.config.commandline import ConfiguredCommand, with_options
from tests.config.declared import PROBES, settings

SEEN: dict[str, Any] = {}


@click.command(cls=ConfiguredCommand)
@click.option("--fast", is_flag=True, help="A flag of the command's own.")
@click.argument("words", nargs=-1, metavar="WORD…")
@with_options(PROBES)
def command(fast: bool, words: tuple[str, ...], **flags: Any) -> None:
    """Hand the flags to the test."""
    SEEN.clear()
    SEEN.update(flags)


def run(*arguments: str) -> dict[str, Any]:
    done = CliRunner().invoke(command, arguments, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return dict(SEEN)


def test_what_is_not_typed_is_none() -> None:
    flags = run()
    assert flags == {option.key: None for option in options(PROBES) if option.flag}
    assert settings(flags) == settings()


@pytest.mark.parametrize(
    ("arguments", "flags"),
    [
        (["--redis-port", "many"], {"redis_port": "many"}),
        (["--redis-host="], {"redis_host": ""}),
        (["--check-write", "--no-redis-tls"], {"check_write": True, "redis_tls": False}),
        (["--ping-latency=1/0.5", "--fast"], {"ping_latency": "1/0.5"}),
        (["--slow-facts-interval", "3"], {"slow_facts_interval": "3"}),
        (["--redis-db", "1", "--redis-db", "2"], {"redis_db": "2"}),
        (["--web.config.file", "w.yml"], {"web_config_file": "w.yml"}),
        (["--web-config-file=w.yml"], {"web_config_file": "w.yml"}),
    ],
)
def test_what_is_typed_arrives_as_it_is(arguments: list[str], flags: dict[str, Any]) -> None:
    assert {key: value for key, value in run(*arguments).items() if value is not None} == flags


@pytest.mark.parametrize("flag", ["--redis-password", "--colour"])
def test_an_unknown_flag_is_a_usage_error(flag: str) -> None:
    done = CliRunner().invoke(command, [flag, "x"])
    assert done.exit_code == 2
    assert flag in done.output


def test_the_help_tells_of_every_flag_by_group_with_variable_and_default() -> None:
    text = CliRunner().invoke(command, ["--help"], terminal_width=1000).output
    groups = [line for line in text.splitlines() if line.endswith(":") and line[0] != " "]
    assert groups == [
        "Options:",
        "Redis:",
        "TLS to Redis:",
        "Sentinels:",
        "Service:",
        "Verdict:",
        "Server process (run):",
        "Scrape:",
        "Probes:",
        "Rounds:",
        "Thresholds:",
    ]
    words = " ".join(text.split())
    for option in options(PROBES):
        if option.flag:
            usage = option.flag_usage.replace("/", " / ")
            told = f"{usage} {'' if option.kind.switch else f'{option.kind.metavar} '}{option.help}"
            assert f"{told} [{option.env}; default: {option.shown(option.default)}]" in words
    assert text.count("WORD…") == 1, "an argument stands in the usage line alone"
    assert text.index("--fast") < text.index("--help") < text.index("--redis-url")


def test_a_variable_is_left_to_the_loader(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDIS_HOST", "h")
    assert run()["redis_host"] is None

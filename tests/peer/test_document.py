"""The table of flags in docs/redis_exporter.md is whole, and what it leads to exists."""

from __future__ import annotations

import re
import subprocess

import pytest

from redis_health.config import options
from redis_health.probes import catalogue
from tests.peer.document import table
from tests.peer.exporter import program

ROWS = table("Flags and variables")


def test_every_flag_has_a_row() -> None:
    told = subprocess.run([program(), "--help"], capture_output=True, text=True, check=False)
    flags = re.findall(r"^  -(\S+)", told.stderr, re.MULTILINE)
    assert len(flags) > 30
    assert {f"--{flag}" for flag in flags} <= {row[0] for row in ROWS}


def test_no_flag_has_two_rows() -> None:
    names = [row[0] for row in ROWS]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])
def test_what_takes_its_place_exists(row: list[str]) -> None:
    ours = {name for one in options(catalogue()) for name in (one.env, f"--{one.name}")} | {"-"}
    assert {name.strip() for name in row[2].split(",")} <= ours
    assert row[2] != "-" or row[3], "say why there is none"


@pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])
def test_the_variable_is_that_of_the_flag(row: list[str]) -> None:
    flag, variable = row[0].removeprefix("--"), row[1]
    if flag == "version":
        return
    name = flag.upper().replace(".", "_").replace("-", "_")
    if flag.startswith("redis."):
        assert variable == name
    else:
        short = name.replace("INCLUDE_", "INCL_")
        assert variable in (f"REDIS_EXPORTER_{name}", f"REDIS_EXPORTER_{short}")

"""What the service asks of Redis: only what it says, little, and nothing that is refused."""

from __future__ import annotations

import re
import time

from click.testing import CliRunner

from redis_health.cli import main
from tests.contract.conftest import Watched

#: Seconds after which even the slow probes have had their second round.
_LONG_ENOUGH = 20.0
#: Commands a second, on average.
_MOST = 4.0


def listed() -> set[str]:
    """The commands that ``redis-health probes`` lists, in lower case."""
    told = CliRunner().invoke(main, ["probes"], env={}).stdout
    return {line.lower() for line in re.findall(r"^  asks (.+) \(", told, re.MULTILINE)}


def counted(stats: dict[str, str]) -> dict[str, int]:
    """Calls by command as Redis names it, ``config get`` or before Redis 7 ``config``."""
    calls = {
        name.removeprefix("cmdstat_").replace("|", " "): int(value.split(",")[0].split("=")[1])
        for name, value in stats.items()
        if name.startswith("cmdstat_")
    }
    # The tests reset the counters, and Redis counts that.
    resets = "config resetstat" if "config resetstat" in calls else "config"
    calls[resets] -= 1
    return {name: number for name, number in calls.items() if number}


def test_commands(watched: Watched) -> None:
    time.sleep(max(0.0, watched.settled + _LONG_ENOUGH - time.monotonic()))
    elapsed = time.monotonic() - watched.settled
    info = watched.server.info()
    calls = counted(info)
    commands = listed()
    unlisted = {
        name
        for name in calls
        if not any(command == name or command.startswith(f"{name} ") for command in commands)
    }
    assert not unlisted, f"{unlisted} are not among {sorted(commands)}"
    assert {"ping", "info"} <= set(calls)
    rate = (sum(calls.values()) - sum(counted(watched.info).values())) / elapsed
    assert rate <= _MOST, calls
    assert int(info.get("total_error_replies", 0)) == 0, {
        name: value for name, value in info.items() if name.startswith("errorstat_")
    }
    refused = re.compile(r"(failed|rejected)_calls=[1-9]")
    assert not [name for name, value in info.items() if refused.search(value)]


def test_nothing_is_written(watched: Watched) -> None:
    info = watched.server.info()
    assert info["rdb_changes_since_last_save"] == "1"
    assert info["db0"].startswith("keys=1,")

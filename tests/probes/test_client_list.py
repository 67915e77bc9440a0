"""Who is connected, within bounds."""

from __future__ import annotations

import contextlib
import socket

import pytest

from redis_health.errors import Unavailable
from redis_health.model import ProbeOptions
from redis_health.probes.client_list import (
    CLIENTS,
    EACH,
    EACH_MOST,
    PORTS,
    PROBE,
    SERIES,
)
from tests.conftest import Servers
from tests.probes.readers import Live, Recorded, Round, ask, info_text
from tests.resp import ask as say
from tests.servers import RedisServer

COUNT = "redis_client_connections"
SUMS = ("redis_client_memory_bytes", "redis_client_query_buffer_bytes")


def line(number: int, name: str = "", user: str = "default", cmd: str = "get") -> str:
    return (
        f"id={number} addr=127.0.0.1:{50000 + number} laddr=127.0.0.1:6379 fd=8 name={name} age=9"
        f" idle=2 flags=N db=0 sub=1 psub=2 ssub=3 multi=-1 watch=4 qbuf=10 qbuf-free=20 obl=5"
        f" oll=6 omem=7 tot-mem=100 events=r cmd={cmd} user={user} redir=-1 resp=2"
    )


async def listed(*lines: str, given: dict[str, object] | None = None) -> Round:
    replies = {"CLIENT LIST": "\n".join(lines).encode()}
    return await ask(PROBE, Recorded(replies=replies, options=ProbeOptions(given=given or {})))


def named(server: RedisServer, stack: contextlib.ExitStack, name: str) -> socket.socket:
    connection = stack.enter_context(server.connect())
    say(connection, "CLIENT", "SETNAME", name)
    return connection


async def test_counts_and_sums() -> None:
    lines = [line(1, "web"), line(2, "web"), line(3, "web", cmd="set"), line(4, "job", user="me")]
    assert (await listed(*lines)).samples == {
        (COUNT, "web", "default", "get"): 2,
        (COUNT, "web", "default", "set"): 1,
        (COUNT, "job", "me", "get"): 1,
        ("redis_client_memory_bytes", "web"): 300,
        ("redis_client_memory_bytes", "job"): 100,
        ("redis_client_query_buffer_bytes", "web"): 30,
        ("redis_client_query_buffer_bytes", "job"): 10,
        ("redis_client_output_buffer_bytes", "web"): 21,
        ("redis_client_output_buffer_bytes", "job"): 7,
    }


async def test_ten_thousand_names_are_a_hundred_series() -> None:
    lines = [line(n, f"client-{n}") for n in range(9_000)] + [line(n, "web") for n in range(1_000)]
    samples = (await listed(*lines)).samples
    for family, whole in ((COUNT, 10_000), (SUMS[0], 1_000_000), (SUMS[1], 100_000)):
        mine = {key: value for key, value in samples.items() if key[0] == family}
        assert len(mine) == 100
        assert sum(float(str(value)) for value in mine.values()) == whole
    assert samples[COUNT, "web", "default", "get"] == 1_000
    assert samples[COUNT, "other", "", ""] == 10_000 - 1_000 - 98
    assert samples[SUMS[0], "other"] == 100 * (10_000 - 1_000 - 98)


async def test_a_client_that_is_called_other_is_counted_with_the_rest() -> None:
    lines = [line(1, "other"), line(2, "other"), line(3, "b"), line(4, "c")]
    samples = (await listed(*lines, given={SERIES.name: 2})).samples
    assert samples[SUMS[0], "other"] == 400


async def test_a_long_name_is_cut() -> None:
    samples = (await listed(line(1, "x" * 500))).samples
    assert (COUNT, "x" * 64, "default", "get") in samples


async def test_many_real_clients(servers: Servers) -> None:
    server = servers()
    with contextlib.ExitStack() as stack:
        for number in range(300):
            named(server, stack, f"client-{number}")
        samples = (await ask(PROBE, Live(server=server))).samples
    mine = [key for key in samples if key[0] == COUNT]
    assert len(mine) == 100
    assert samples[COUNT, "other", "", ""] == 301 - 99


async def test_every_server(any_server: RedisServer) -> None:
    with contextlib.ExitStack() as stack:
        for _ in range(3):
            named(any_server, stack, "web")
        options = ProbeOptions(given={EACH.name: True})
        samples = (await ask(PROBE, Live(server=any_server, options=options))).samples
    command = "client" if any_server.kind.version.startswith("6.") else "client|setname"
    assert samples[COUNT, "web", "default", command] == 3
    assert float(str(samples["redis_client_memory_bytes", "web"])) > 0
    info = [key for key in samples if key[0] == "redis_connected_client_info"]
    assert len([key for key in info if key[2] == "web"]) == 3
    assert {key[6] for key in info} == {""}
    since = "redis_connected_client_created_at_timestamp"
    now = float(any_server.info()["server_time_usec"]) / 1e6
    for key in info:
        assert now - 60 < float(str(samples[since, key[1], key[2]])) <= now


async def test_each_client() -> None:
    replies = {"CLIENT LIST": line(3, "web").replace("127.0.0.1", "[::1]", 1)}
    options = ProbeOptions(given={EACH.name: True})
    reader = Recorded(
        info_text(server_time_usec=2_000_000_900_000), replies=replies, options=options
    )
    samples = (await ask(PROBE, reader)).samples
    each = "redis_connected_client_"
    mine = {key: value for key, value in samples.items() if key[0].startswith(each)}
    assert mine == {
        (f"{each}info", "3", "web", "N", "0", "[::1]", "", "default", "2"): 1,
        (f"{each}created_at_timestamp", "3", "web"): 2_000_000 - 9,
        (f"{each}idle_since_timestamp", "3", "web"): 2_000_000 - 2,
        (f"{each}channel_subscriptions_count", "3", "web"): 1,
        (f"{each}pattern_matching_subscriptions_count", "3", "web"): 2,
        (f"{each}shard_channel_subscriptions_count", "3", "web"): 3,
        (f"{each}shard_channel_watched_keys", "3", "web"): 4,
        (f"{each}output_buffer_length_bytes", "3", "web"): 5,
        (f"{each}output_list_length", "3", "web"): 6,
        (f"{each}output_buffer_memory_usage_bytes", "3", "web"): 7,
        (f"{each}query_buffer_length_bytes", "3", "web"): 10,
        (f"{each}query_buffer_free_space_bytes", "3", "web"): 20,
        (f"{each}total_memory_consumed_bytes", "3", "web"): 100,
    }
    assert samples["redis_client_list_left_out",] == 0


async def test_a_port_is_shown_on_request() -> None:
    result = await listed(line(1, "web"), given={EACH.name: True, PORTS.name: True})
    (info,) = [key for key in result.samples if key[0] == "redis_connected_client_info"]
    assert info[5:7] == ("127.0.0.1", "50001")


async def test_each_is_bounded_to_the_oldest() -> None:
    lines = [line(number) for number in range(1000, 0, -1)]
    samples = (await listed(*lines, given={EACH.name: True, EACH_MOST.name: 5})).samples
    shown = {key[1] for key in samples if key[0] == "redis_connected_client_info"}
    assert shown == {"1", "2", "3", "4", "5"}
    assert samples["redis_client_list_left_out",] == 995


@pytest.mark.parametrize("junk", ["", "junk", "name=x", "\n\n", "id"])
async def test_junk_is_left_out(junk: str) -> None:
    assert (await listed(junk)).samples == {}


async def test_what_an_old_server_does_not_tell_is_absent() -> None:
    samples = (await listed("id=1 addr=x name=web", given={EACH.name: True})).samples
    assert (COUNT, "web", "", "") in samples
    assert {key[0] for key in samples if key[0] in SUMS} == set()


async def test_too_many_clients_are_not_asked_for() -> None:
    options = ProbeOptions(given={CLIENTS.name: 10})
    reader = Recorded(info_text(connected_clients=11), options=options)
    with pytest.raises(Unavailable, match="11 clients are more than client-list-max-clients"):
        await ask(PROBE, reader)
    assert reader.asked == []


async def test_refused_it_is_unavailable(servers: Servers) -> None:
    server = servers()
    server.call("ACL", "SETUSER", "watcher", "on", ">pass", "+info")
    with pytest.raises(Unavailable):
        await ask(PROBE, Live(server=server, user=("watcher", "pass")))


def test_it_is_opted_in() -> None:
    assert not PROBE.runs(ProbeOptions())

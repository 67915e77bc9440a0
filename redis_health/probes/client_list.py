"""CLIENT LIST: who is connected, by name, user and command."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import TypeVar

from redis_health.errors import Unavailable
from redis_health.info import count
from redis_health.model import Command, Item, Metric, Probe, Reader, Sample, Setting
from redis_health.probes import _each_client
from redis_health.probes._client_lines import Client, amount, parse_clients
from redis_health.probes._replies import text
from redis_health.probes._server import server_time
from redis_health.probes._tables import INFO_COMMAND

_OTHER = "other"
#: A client chooses its name freely; the rest of a longer one is cut off.
_NAME_LENGTH = 64

CONNECTIONS = Metric(
    name="redis_client_connections",
    help="CLIENT LIST: connections by name, user and last command; the rarest are name other.",
    labels=("name", "user", "cmd"),
)


def _sum(name: str, field: str) -> Metric:
    return Metric(
        name=f"redis_client_{name}", help=f"CLIENT LIST: sum of {field} by name.", labels=("name",)
    )


SUMS = {
    "tot-mem": _sum("memory_bytes", "tot-mem"),
    "qbuf": _sum("query_buffer_bytes", "qbuf"),
    "omem": _sum("output_buffer_bytes", "omem"),
}

EXPORT_CLIENT_LIST = Setting(
    name="export_client_list",
    default=False,
    help="Count the connections by name, user and command (CLIENT LIST).",
)
EACH = Setting(
    name="export_client_list_each",
    default=False,
    help="Show each client too, once export-client-list is on.",
)
EACH_MOST = Setting(
    name="export_client_list_max",
    default=500,
    low=1,
    high=10_000,
    help="Most clients that have series of their own; the oldest have.",
)
PORTS = Setting(
    name="export_client_ports",
    default=False,
    help="Show each client's port, which makes a new series of every connection.",
)
SERIES = Setting(
    name="client_list_series",
    default=100,
    low=1,
    high=10_000,
    help="Most series of counted connections; the rarest become name other.",
)
CLIENTS = Setting(
    name="client_list_max_clients",
    default=20_000,
    low=1,
    high=200_000,
    help="With more clients than this, CLIENT LIST is not asked: it would hold up the server.",
)

_Key = TypeVar("_Key", bound=Hashable)


async def collect(reader: Reader) -> Iterable[Item]:
    """One question, unless there are too many clients to ask it."""
    info = await reader.info()
    connected, most = count(info.fields, "connected_clients"), reader.options.value(CLIENTS)
    if connected > most:
        raise Unavailable("CLIENT", f"{connected} clients are more than client-list-max-clients")
    clients = await parse_clients(text(await reader.optional("CLIENT", "LIST")))
    result = list(_counted(clients, reader.options.value(SERIES)))
    if reader.options.value(EACH):
        result += _each_client.each_client(
            clients,
            present=server_time(info, now=reader.now(), wall=reader.wall()),
            most=reader.options.value(EACH_MOST),
            ports=reader.options.value(PORTS),
        )
    return result


def _counted(clients: Sequence[Client], most: int) -> Iterable[Item]:
    connections = Counter(
        (_name(client), client.get("user", ""), client.get("cmd", "")) for client in clients
    )
    for labels, number in _capped(connections, connections, most, (_OTHER, "", "")).items():
        yield Sample(CONNECTIONS, number, labels)
    by_name = Counter(_name(client) for client in clients)
    for field, metric in SUMS.items():
        sums: dict[str, float] = {}
        for client in clients:
            if field in client:
                name = _name(client)
                sums[name] = sums.get(name, 0.0) + amount(client, field)
        for name, value in _capped(sums, by_name, most, _OTHER).items():
            yield Sample(metric, value, (name,))


def _capped(
    values: Mapping[_Key, float], weights: Mapping[_Key, int], most: int, rest: _Key
) -> dict[_Key, float]:
    """The values of the heaviest keys; those of the others are summed up in ``rest``."""
    ranked = sorted(values, key=lambda key: (-weights[key], str(key)))
    # Room for the rest among them, so that the number is a limit indeed.
    kept = ranked if len(ranked) <= most else ranked[: most - 1]
    result: dict[_Key, float] = {key: float(values[key]) for key in kept}
    for key in ranked[len(kept) :]:
        result[rest] = result.get(rest, 0.0) + values[key]
    return result


def _name(client: Client) -> str:
    return client.get("name", "")[:_NAME_LENGTH]


PROBE = Probe(
    name="client_list",
    summary="who is connected, by name, user and command",
    interval=15.0,
    timeout=2.0,
    collect=collect,
    commands=(
        Command("CLIENT LIST", "about 2 µs and 0.3 KB a client", optional=True),
        INFO_COMMAND,
    ),
    metrics=(CONNECTIONS, *SUMS.values(), *_each_client.METRICS),
    settings=(EXPORT_CLIENT_LIST, EACH, EACH_MOST, PORTS, SERIES, CLIENTS),
    opt_in=EXPORT_CLIENT_LIST,
)

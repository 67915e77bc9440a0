"""CLIENT LIST, client by client, as redis_exporter shows it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from redis_health.info import number
from redis_health.model import Item, Metric, Sample
from redis_health.probes._client_lines import Client, amount

_CLIENT = ("id", "name")

#: Characters of a label: a client chooses its name freely.
_LONGEST = 64


def _of_client(name: str, field: str) -> Metric:
    return Metric(
        name=f"redis_connected_client_{name}", help=f"CLIENT LIST: {field}.", labels=_CLIENT
    )


INFO = Metric(
    name="redis_connected_client_info",
    help="1, with the line of CLIENT LIST as labels; port only where it is asked for.",
    labels=("id", "name", "flags", "db", "host", "port", "user", "resp"),
)
CREATED = _of_client("created_at_timestamp", "now less age, epoch seconds")
IDLE = _of_client("idle_since_timestamp", "now less idle, epoch seconds")
NUMBERS = {
    field: _of_client(name, field)
    for name, field in (
        ("channel_subscriptions_count", "sub"),
        ("output_buffer_length_bytes", "obl"),
        ("output_buffer_memory_usage_bytes", "omem"),
        ("output_list_length", "oll"),
        ("pattern_matching_subscriptions_count", "psub"),
        ("query_buffer_free_space_bytes", "qbuf-free"),
        ("query_buffer_length_bytes", "qbuf"),
        ("shard_channel_subscriptions_count", "ssub"),
        ("shard_channel_watched_keys", "watch"),
        ("total_memory_consumed_bytes", "tot-mem"),
    )
}
LEFT_OUT = Metric(
    name="redis_client_list_left_out",
    help="Clients without series of their own, since there are more than export_client_list_max.",
)
METRICS = (INFO, CREATED, IDLE, *NUMBERS.values(), LEFT_OUT)


def each_client(
    clients: Sequence[Client], *, present: float, most: int, ports: bool
) -> Iterable[Item]:
    """The series of the ``most`` oldest clients, so that those who come and go do not churn.

    ``present`` is now by the server's clock, epoch seconds.
    """
    for client in sorted(clients, key=lambda client: amount(client, "id"))[:most]:
        labels = (client["id"], client.get("name", "")[:_LONGEST])
        yield Sample(INFO, 1.0, _labels(client, ports=ports))
        yield Sample(CREATED, float(int(present) - amount(client, "age")), labels)
        yield Sample(IDLE, float(int(present) - amount(client, "idle")), labels)
        for field, metric in NUMBERS.items():
            value = number(client, field)
            if value is not None:
                yield Sample(metric, value, labels)
    yield Sample(LEFT_OUT, float(max(0, len(clients) - most)))


def _labels(client: Client, *, ports: bool) -> tuple[str, ...]:
    host, _, port = client.get("addr", "").rpartition(":")
    told = {**client, "host": host, "port": port if ports else ""}
    return tuple(told.get(label, "")[:_LONGEST] for label in INFO.labels)

"""Answers that no Redis gives, in the shapes in which the client decodes them."""

from __future__ import annotations

import random
from collections.abc import Callable

from redis_health.client.connection import RawError
from redis_health.model import ErrorReply
from redis_health.probes import catalogue

NUMBERS = (
    *("0", "1", "-1", "2", "60", "100", "16384", "9223372036854775807", "18446744073709551615"),
    *("-9223372036854775808", "0.5", "1.5", "nan", "-nan", "inf", "-inf", "1e400", "1e300", "1e-9"),
    *("-1e300", "99999999999999999999999999", "9" * 400, "9" * 5000, "0x10", "1_000", "", " 1 "),
    *("٣", "²", "1.2.3", "+5", "1700000000", "1700000000000000", "4294967296"),
)
WORDS = (
    *("ok", "err", "yes", "no", "up", "down", "master", "slave", "sentinel", "cluster", "fail"),
    *("standalone", "noeviction", "allkeys-lru", "volatile-ttl", "online", "none", "write", "all"),
    *("default", "admin", "stream", "string", "list", "hash", "OK", "PONG", "s_down,o_down"),
    *("\x00", "\x1b[2J", "\u2028", "\ud800", "ü", "\U0001f600", '"', "\\", "\n", "%s", "{x}"),
    *("<script>", "a" * 5000, "=", ",", ":", "7.0.15", "6.2.14", "8.1.0", "9.1.2", "1.", "7." * 99),
    *("save", "databases", "maxclients", "io-threads", "appendonly", "requirepass", "3600 1"),
    *("normal 0 0 0 slave 1 2", "10.0.0.1", "::1", "6379", "get", "set", "config|get", "id=1"),
)
_PAIRS = (
    *(
        "keys",
        "expires",
        "avg_ttl",
        "calls",
        "usec",
        "count",
        "p50",
        "p99.9",
        "ip",
        "port",
        "state",
    ),
    *("offset", "lag", "name", "status", "address", "slaves", "sentinels", "rejected_calls"),
    *("failed_calls", "subexpiry", "ver", "type", "quantile", "usec_per_call"),
)
_SECTIONS = (
    *("Server", "Clients", "Memory", "Persistence", "Stats", "Replication", "CPU", "Modules"),
    *("Commandstats", "Errorstats", "Latencystats", "Cluster", "Cluster info", "Keyspace"),
    *("Sentinel", "TLS", "search_index", "", "\x00", "Ünicode"),
)
#: Names that probes read beside those that metrics declare.
_READ = (
    *("redis_version", "valkey_version", "server_name", "redis_mode", "server_mode", "role"),
    *("run_id", "cluster_enabled", "loading", "async_loading", "master_link_status", "master_host"),
    *("master_port", "maxmemory_policy", "paused_actions", "paused_reason", "aof_enabled"),
    *("server_time_usec", "rdb_last_bgsave_status", "aof_last_write_status", "cmdstat_get"),
    *("aof_last_bgrewrite_status", "rdb_last_save_time", "min_slaves_good_slaves", "cluster_state"),
    *("errorstat_OOM", "errorstat_\x00", "latency_percentiles_usec_get", "cmdstat_config|get"),
    *("used_active_time_io_thread_0", "db0", "db1", "db²", "db" + "9" * 5000, "slave0", "slave1"),
    *("slavex", "master0", "master1", "module", "tls_server_cert_expires_in_seconds"),
    *("tls_server_cert_serial", "cluster_slots_assigned", "cluster_slots_fail", "sentinel_tilt"),
    *("cluster_slots_pfail", "master_sync_in_progress", "master_sync_total_bytes"),
    *("loading_loaded_perc", "loading_eta_seconds", "mem_fragmentation_bytes", "new_field"),
)
FIELDS = tuple(
    dict.fromkeys(
        [m.field for probe in catalogue() for m in probe.metrics if m.field is not None] + [*_READ]
    )
)

#: Makes a value.
Make = Callable[[random.Random], object]


def word(r: random.Random) -> str:
    """A number, a word or noise."""
    kind = r.random()
    if kind < 0.5:
        return r.choice(NUMBERS)
    if kind < 0.9:
        return r.choice(WORDS)
    return "".join(
        chr(r.choice((r.randrange(256), r.randrange(0x3000)))) for _ in range(r.randrange(9))
    )


def raw(r: random.Random) -> bytes:
    """The same as bytes, which need not be UTF-8."""
    if r.random() < 0.1:
        return r.randbytes(r.randrange(20))
    return word(r).encode("utf-8", "surrogatepass")


def pairs(r: random.Random) -> str:
    """The value of a field that holds pairs."""
    return ",".join(f"{r.choice(_PAIRS)}={word(r)}" for _ in range(r.randrange(6)))


def info(r: random.Random) -> bytes:
    """An answer to INFO: true to form, or not."""
    if r.random() < 0.05:
        return r.randbytes(r.randrange(200))
    lines: list[str] = []
    for _ in range(r.randrange(8)):
        lines.append(f"# {r.choice(_SECTIONS)}")
        names = r.choices(FIELDS, k=r.randrange(12))
        lines += [f"{name}:{r.choice((word, word, pairs))(r)}" for name in names]
        if r.random() < 0.2:
            lines.append(word(r))
    end = r.choice(("\r\n", "\r\n", "\n", "\r"))
    return end.join(lines).encode("utf-8", "surrogatepass")


def leaf(r: random.Random) -> object:
    """A value that holds no others."""
    return r.choice(_LEAVES)(r)


_LEAVES: tuple[Make, ...] = (
    raw,
    raw,
    raw,
    lambda r: r.choice((0, 1, -1, 2, 100, 2**31, 2**53, 2**63 - 1, -(2**63), 1_700_000_000)),
    lambda r: r.randrange(1000),
    lambda r: r.choice((0.0, 0.5, -1.0, float("nan"), float("inf"), float("-inf"), 1e308)),
    lambda r: r.random() < 0.5,
    lambda _r: None,
    lambda r: RawError(word(r)),
)


def reply(r: random.Random, depth: int = 3) -> object:
    """Any decoded reply."""
    kind = r.random()
    if depth == 0 or kind < 0.5:
        return leaf(r)
    if kind < 0.85:
        return [reply(r, depth - 1) for _ in range(r.randrange(6))]
    return {
        key: reply(r, depth - 1)
        for key in (leaf(r) for _ in range(r.randrange(5)))
        # What else hiredis cannot make a key of is refused before.
        if not isinstance(key, RawError)
    }


def in_place(r: random.Random) -> object:
    """A reply of several to one round trip: errors are told in their place."""
    return ErrorReply(word(r)) if r.random() < 0.2 else reply(r)


def _rows(fields: tuple[str, ...]) -> Make:
    """A list of maps, as flat lists or as such."""

    def make(r: random.Random) -> object:
        return [_row(r, fields) for _ in range(r.randrange(4))]

    return make


def _row(r: random.Random, fields: tuple[str, ...]) -> object:
    row = {name.encode(): leaf(r) for name in fields if r.random() < 0.9}
    return row if r.random() < 0.3 else [part for pair in row.items() for part in pair]


def _slow(r: random.Random) -> object:
    return [
        [leaf(r), leaf(r), leaf(r), [raw(r) for _ in range(r.randrange(4))], raw(r), raw(r)]
        for _ in range(r.randrange(5))
    ]


def _clients(r: random.Random) -> object:
    names = ("id", "name", "addr", "age", "idle", "db", "sub", "user", "cmd", "tot-mem", "omem")
    lines = (" ".join(f"{name}={word(r)}" for name in names) for _ in range(r.randrange(5)))
    return "\n".join(lines).encode("utf-8", "surrogatepass")


def _histograms(r: random.Random) -> object:
    return {
        raw(r): [b"calls", leaf(r), b"histogram_usec", [leaf(r) for _ in range(r.randrange(8))]]
        for _ in range(r.randrange(4))
    }


_STREAM = (
    *("length", "radix-tree-keys", "last-generated-id", "groups", "first-entry", "last-entry"),
    *("name", "consumers", "pending", "last-delivered-id", "lag", "idle", "inactive"),
)
_SENTINEL = ("name", "ip", "port", "flags", "num-slaves", "quorum", "num-other-sentinels")

#: What Redis answers in form, by the first words of the command.
_SHAPES: dict[str, Make] = {
    "INFO": info,
    "SLOWLOG GET": _slow,
    "LATENCY LATEST": lambda r: [[raw(r), leaf(r), leaf(r), leaf(r)] for _ in range(3)],
    "LATENCY HISTOGRAM": _histograms,
    "CLIENT LIST": _clients,
    "CLUSTER INFO": info,
    "CLUSTER NODES": lambda r: " ".join(word(r) for _ in range(30)).encode("utf-8", "replace"),
    "SENTINEL": _rows(_SENTINEL),
    "XINFO STREAM": lambda r: _row(r, _STREAM),
    "XINFO": _rows(_STREAM),
    "SCAN": lambda r: [r.choice((b"0", b"0", b"17")), [raw(r) for _ in range(r.randrange(6))]],
    "TYPE": lambda r: r.choice((b"string", b"stream", b"list", b"none", b"odd")),
    "FT._LIST": lambda r: [raw(r) for _ in range(r.randrange(4))],
    "FT.INFO": lambda r: _row(r, ("num_docs", "inverted_sz_mb", "indexing")),
    "CONFIG GET": lambda r: [raw(r) for _ in range(r.randrange(9))],
}


def answer(r: random.Random, words: str) -> object:
    """A reply to a command: of the right form with odd contents, or anything."""
    shape = next((make for start, make in _SHAPES.items() if words.startswith(start)), None)
    return shape(r) if shape is not None and r.random() < 0.7 else reply(r)

"""SLOWLOG: whether one command has blocked the server lately."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from redis_health.model import (
    Alert,
    Command,
    Condition,
    Item,
    Metric,
    Probe,
    Reader,
    Reply,
    Sample,
    Threshold,
    Urgency,
)
from redis_health.probes._replies import integer, items, text
from redis_health.probes._server import is_sentinel, server_time
from redis_health.probes._slow_totals import DURATION, Entry, totals
from redis_health.probes._tables import INFO_COMMAND
from redis_health.probes._words import duration

_ENTRIES = 10
#: Seconds for which a slow command is told.
_NEWS = 60.0
_NAME_LENGTH = 32
#: As whom we ask, by CLIENT SETNAME. What these connections ask takes microseconds: one of ours
#: that took long was interrupted, by a server that stood still, which the check ping tells.
_OURS = frozenset({"redis-health", "redis-health-dial"})
#: Commands whose first argument is a part of their name, and no data.
_CONTAINERS = (
    "ACL CLIENT CLUSTER COMMAND COMMANDLOG CONFIG DEBUG FUNCTION LATENCY MEMORY MODULE OBJECT"
    " PUBSUB SCRIPT SLOWLOG XGROUP XINFO"
)

LENGTH = Metric(name="redis_slowlog_length", help="SLOWLOG LEN.")
LAST_ID = Metric(
    name="redis_slowlog_last_id", help="SLOWLOG GET: id of the newest entry, 0 without one."
)
LAST_DURATION = Metric(
    name="redis_last_slow_execution_duration_seconds",
    help="SLOWLOG GET: execution time of the newest entry, 0 without one.",
)

SLOW = Condition(
    code="SLOW",
    summary="one command has blocked the server for long",
    advice="find its caller with SLOWLOG GET 10 and split the work",
)
SLOW_COMMAND = Threshold(
    name="slow_command",
    condition=SLOW,
    enter=1.0,
    leave=1.0,
    unit="seconds",
    help="Longest execution in the slow log of the last 60 s.",
)


ALERTS = (
    Alert(
        name="RedisSlowCommands",
        expr=(
            "redis_last_slow_execution_duration_seconds >= {slow_command}\n"
            "and changes(redis_slowlog_last_id[5m]) > 0"
        ),
        severity=Urgency.WARNING,
        keep_firing_for=300,
        summary="A slow command blocked Redis on {{ $labels.instance }}",
        description=(
            "One command took {{ $value | humanizeDuration }} (limit {slow_command} s);"
            " all clients waited meanwhile."
        ),
    ),
)


async def collect(reader: Reader) -> Iterable[Item]:
    """The length and the newest entries."""
    info = await reader.info()
    if is_sentinel(info):
        return []
    length = integer(await reader.optional("SLOWLOG", "LEN"))
    entries = _entries(await reader.optional("SLOWLOG", "GET", _ENTRIES))
    newest = max(entries, key=lambda entry: entry.id, default=None)
    # One that is ahead of the server's clock is from before that was set back, and no news.
    present = server_time(info, now=reader.now(), wall=reader.wall())
    return [
        *([Sample(LENGTH, float(length))] if length is not None else []),
        Sample(LAST_ID, float(newest.id) if newest else 0.0),
        Sample(LAST_DURATION, newest.seconds if newest else 0.0),
        _longest([entry for entry in entries if _is_news(entry, present)], present),
        *totals(entries, info, reader.last),
    ]


def _is_news(entry: Entry, present: float) -> bool:
    return abs(present - entry.at) <= _NEWS and entry.client not in _OURS


def _longest(entries: Sequence[Entry], present: float) -> Item:
    if not entries:
        return SLOW_COMMAND.read(0.0, "the slow log has nothing of the last 60 s")
    entry = max(entries, key=lambda entry: entry.seconds)
    ago = max(0.0, present - entry.at)
    message = (
        f"{entry.command} took {entry.seconds:.1f} s {duration(ago)} ago and blocked the server"
    )
    return SLOW_COMMAND.read(entry.seconds, message)


def _entries(reply: Reply) -> list[Entry]:
    entries: list[Entry] = []
    for entry in items(reply):
        match items(entry):
            case [int(number), int(at), int(usec), arguments, *client]:
                name = text(client[1]) if len(client) > 1 else ""
                entries.append(Entry(number, at, usec / 1e6, _command(items(arguments)), name))
    return entries


def _command(arguments: Sequence[object]) -> str:
    """The command's name and never an argument, which may hold data or secrets."""
    words = [text(argument).upper()[:_NAME_LENGTH] for argument in arguments[:2]]
    if not words or not _is_name(words[0]):
        return "a command"
    if words[0] in _CONTAINERS.split() and len(words) > 1 and _is_name(words[1]):
        return " ".join(words)
    return words[0]


def _is_name(word: str) -> bool:
    return word.isascii() and word.replace("-", "").replace(".", "").replace("_", "").isalnum()


PROBE = Probe(
    name="slowlog",
    summary="whether one command has blocked the server lately",
    interval=15.0,
    timeout=2.0,
    collect=collect,
    commands=(
        Command("SLOWLOG LEN", "about 1 µs", optional=True),
        Command(f"SLOWLOG GET {_ENTRIES}", "about 10 µs, 2 KB", optional=True),
        INFO_COMMAND,
    ),
    metrics=(LENGTH, LAST_ID, LAST_DURATION, DURATION),
    thresholds=(SLOW_COMMAND,),
    conditions=(SLOW,),
    alerts=ALERTS,
)

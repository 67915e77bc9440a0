"""INFO persistence: whether data are loaded, and whether they reach the disk."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from redis_health.errors import Unavailable
from redis_health.info import count, number, samples
from redis_health.model import (
    Capability,
    Condition,
    Fact,
    InfoReply,
    Item,
    Metric,
    Probe,
    Reader,
    Sample,
    Threshold,
    moment,
)
from redis_health.probes._persistence_alerts import ALERTS
from redis_health.probes._persistence_metrics import METRICS
from redis_health.probes._server import replaced, server_time
from redis_health.probes._tables import CONFIG_COMMAND, INFO_COMMAND, STATUS
from redis_health.probes._words import duration, plural

#: Seconds for which a delay is told.
_NEWS = 60.0

STATUS_BY_TYPE = Metric(
    name="redis_persistence_status",
    help="1 when the last save or write went well, 0 when it failed"
    " (INFO persistence: rdb_last_bgsave_status, aof_last_write_status)."
    " A kind that is switched off has no series.",
    labels=("type",),
)

LOADING = Condition(
    code="LOADING",
    summary="the data set is being loaded and no command is served",
    advice="wait; never restart, it would begin anew",
    lost=frozenset({Capability.READ, Capability.WRITE}),
)
ASYNC_LOADING = Condition(
    code="ASYNC_LOADING",
    summary="a replica serves its old data set while it loads a new one",
    advice="wait",
)
BGSAVE_ERR = Condition(
    code="BGSAVE_ERR",
    summary="the last RDB save failed",
    advice="free disk or fix dir, or memory where the log says that it cannot fork, then BGSAVE;"
    " redis-cli --rdb FILE saves the data elsewhere; do not restart, unsaved data would be lost",
    lost=frozenset({Capability.DURABILITY}),
)
AOF_ERR = Condition(
    code="AOF_ERR",
    summary="the last write to the AOF failed",
    advice="free disk space, and read dmesg for errors of the disk; Redis tries again every second",
    lost=frozenset({Capability.DURABILITY}),
)
AOF_REWRITE_ERR = Condition(
    code="AOF_REWRITE_ERR",
    summary="the last rewrite of the AOF failed, so it grows",
    advice="free disk or memory (fork), then BGREWRITEAOF",
    lost=frozenset({Capability.DURABILITY}),
)
AOF_FSYNC_SLOW = Condition(
    code="AOF_FSYNC_SLOW",
    summary="the disk held up writes, since an fsync of the AOF took 2 s or more",
    advice="iostat -x 1 shows who keeps the disk busy; for the time of saves and rewrites alone,"
    " no-appendfsync-on-rewrite yes",
)
UNSAVED = Condition(
    code="UNSAVED",
    summary="changes have not been saved for long",
    advice="BGSAVE",
)
UNSAVED_AGE = Threshold(
    name="unsaved_age",
    condition=UNSAVED,
    enter=None,
    unit="seconds",
    help="Age of the last RDB save while changes are unsaved and the AOF is off.",
)


@dataclass(frozen=True, slots=True)
class _Delay:
    """Writes that an fsync held up: when last (monotonic), and how many without a longer pause."""

    at: float
    times: float


async def collect(reader: Reader) -> Iterable[Item]:
    """From the shared INFO; CONFIG tells whether RDB is meant to be on."""
    info = await reader.info()
    return [
        *samples(info, METRICS),
        *_status(info, rdb=await _rdb_is_on(reader)),
        *_loading(info),
        *_failures(info, now=reader.wall()),
        *_unsaved(info, reader),
        *_delays(info, reader.last),
    ]


async def _rdb_is_on(reader: Reader) -> bool:
    try:
        config = await reader.config()
    except Unavailable:
        return True
    return config.get("save") != ""


def _status(info: InfoReply, *, rdb: bool) -> Iterable[Item]:
    aof = info.fields.get("aof_enabled") == "1"
    kinds = (("rdb", rdb, "rdb_last_bgsave_status"), ("aof", aof, "aof_last_write_status"))
    for kind, on, field in kinds:
        status = STATUS.get(info.fields.get(field, ""))
        if on and status is not None:
            yield Sample(STATUS_BY_TYPE, status, (kind,))


def _loading(info: InfoReply) -> Iterable[Item]:
    if info.fields.get("async_loading") == "1":
        yield ASYNC_LOADING.found("serving the old data set while loading a new one")
    elif info.fields.get("loading") == "1":
        message = "loading dataset"
        done = number(info.fields, "loading_loaded_perc")
        left = number(info.fields, "loading_eta_seconds")
        if done is not None:
            message += f" {done:.1f}%"
            if left is not None and left >= 0:
                message += f", about {duration(left)} left"
        yield LOADING.found(message)


def _failures(info: InfoReply, *, now: float) -> Iterable[Item]:
    fields = info.fields
    if fields.get("rdb_last_bgsave_status", "ok") != "ok":
        yield BGSAVE_ERR.found(f"last RDB save failed; {_changes(info, now=now)}")
    if fields.get("aof_enabled") != "1":
        return
    if fields.get("aof_last_write_status", "ok") != "ok":
        yield AOF_ERR.found("last write to the AOF failed; the newest changes are not on disk")
    if fields.get("aof_last_bgrewrite_status", "ok") != "ok":
        failures = count(fields, "aof_rewrites_consecutive_failures")
        row = f" ({failures} in a row)" if failures > 1 else ""
        yield AOF_REWRITE_ERR.found(f"last AOF rewrite failed{row}; the file keeps growing")


def _changes(info: InfoReply, *, now: float) -> str:
    changes = plural(count(info.fields, "rdb_changes_since_last_save"), "change")
    saved = number(info.fields, "rdb_last_save_time")
    return f"{changes} unsaved" + (f" since {moment(saved, now=now)}" if saved else "")


def _unsaved(info: InfoReply, reader: Reader) -> Iterable[Item]:
    changes = count(info.fields, "rdb_changes_since_last_save")
    saved = number(info.fields, "rdb_last_save_time")
    if changes <= 0 or saved is None or info.fields.get("aof_enabled") == "1":
        return
    age = max(0.0, server_time(info, now=reader.now(), wall=reader.wall()) - saved)
    yield UNSAVED_AGE.read(age, f"{plural(changes, 'change')} not saved for {duration(age)}")


def _delays(info: InfoReply, last: Mapping[str, object]) -> Iterable[Item]:
    """INFO counts the writes that would not wait any longer than 2 s for an fsync under way."""
    known, told = last.get("delayed"), last.get("delay")
    before = known if isinstance(known, float) and not replaced(info, last) else None
    # While the AOF is off it is not shown, and goes on where it was when it is on again.
    delayed = number(info.fields, "aof_delayed_fsync")
    delayed = before if delayed is None else delayed
    delay = told if isinstance(told, _Delay) and info.observed - told.at < _NEWS else None
    if before is not None and delayed is not None and delayed > before:
        delay = _Delay(info.observed, delayed - before + (delay.times if delay else 0))
    yield Fact("run_id", info.fields.get("run_id"))
    yield Fact("delayed", delayed)
    if delay is not None:
        yield Fact("delay", delay)
        ago = duration(info.observed - delay.at)
        yield AOF_FSYNC_SLOW.found(
            f"the AOF's fsync held up writes {plural(delay.times, 'time')}, last {ago} ago"
        )


PROBE = Probe(
    name="persistence",
    summary="whether data are loaded, and whether they reach the disk",
    interval=5.0,
    timeout=2.0,
    collect=collect,
    commands=(INFO_COMMAND, CONFIG_COMMAND),
    metrics=(STATUS_BY_TYPE, *METRICS),
    thresholds=(UNSAVED_AGE,),
    conditions=(
        LOADING,
        ASYNC_LOADING,
        BGSAVE_ERR,
        AOF_ERR,
        AOF_REWRITE_ERR,
        AOF_FSYNC_SLOW,
        UNSAVED,
    ),
    alerts=ALERTS,
)

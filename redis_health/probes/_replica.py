"""What can be wrong with a replica: the link to its primary."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping

from redis_health.errors import Unavailable
from redis_health.info import number, parse_info
from redis_health.model import Capability, Condition, Fact, InfoReply, Item, Reader, Threshold
from redis_health.probes._server import replaced
from redis_health.probes._words import address, duration, share, size

#: Servers before 6.2.2 count from the epoch when the link was never up.
_SINCE_EPOCH = 1e9
#: Seconds after which a synchronisation that was refused at once is over.
_MOMENT = 0.3

NEVER_SYNCED = Condition(
    code="NEVER_SYNCED",
    summary="a replica has never had its primary's data",
    advice="fix replicaof (address, masterauth, firewall); see the replica's log",
    lost=frozenset({Capability.READ}),
    explains=frozenset({"LINK_DOWN_STALE", "MASTERDOWN"}),
)
SYNCING = Condition(
    code="SYNCING",
    summary="a replica receives the whole data set",
    advice="wait; never restart, it would begin anew",
    lost=frozenset({Capability.READ, Capability.WRITE}),
    explains=frozenset({"LOADING", "NEVER_SYNCED", "LINK_DOWN_STALE", "MASTERDOWN"}),
)
LINK_DOWN_STALE = Condition(
    code="LINK_DOWN_STALE",
    summary="the link to the primary is down, and reads are answered with old data",
    advice="bring the primary back (where it is well: masterauth, firewall, the replica's log), or"
    " promote this replica: REPLICAOF NO ONE, in a cluster CLUSTER FAILOVER TAKEOVER",
    lost=frozenset({Capability.READ}),
)
MASTERDOWN = Condition(
    code="MASTERDOWN",
    summary="the link to the primary is down, and reads are refused",
    advice="bring the primary back, or CONFIG SET replica-serve-stale-data yes",
    lost=frozenset({Capability.READ}),
    explains=frozenset({"LINK_DOWN_STALE"}),
)
PRIMARY_SILENT = Condition(
    code="PRIMARY_SILENT",
    summary="nothing comes from the primary, although the link says up",
    advice="check the primary: frozen, overloaded or cut off",
)
REPLICA_MAX_STALE = Threshold(
    name="replica_max_stale",
    condition=LINK_DOWN_STALE,
    enter=60.0,
    leave=60.0,
    unit="seconds",
    help="Time since a replica whose link is down last heard from its primary; reads are too old.",
)
PRIMARY_SILENCE = Threshold(
    name="primary_silence",
    condition=PRIMARY_SILENT,
    enter=20.0,
    leave=10.0,
    unit="seconds",
    help="Time since the primary last sent anything while the link is up.",
)
THRESHOLDS = (REPLICA_MAX_STALE, PRIMARY_SILENCE)
CONDITIONS = (NEVER_SYNCED, SYNCING, LINK_DOWN_STALE, MASTERDOWN, PRIMARY_SILENT)


def primary_address(info: InfoReply) -> str:
    """The address of a replica's primary, as INFO gives it."""
    return address(info.fields.get("master_host", "?"), info.fields.get("master_port", "?"))


async def judged(info: InfoReply, reader: Reader) -> Iterable[Item]:
    """The one thing that is wrong with the link; the most telling one where several are true."""
    fields = info.fields
    heard = _heard(info, reader.last)
    known = [] if heard is None else [Fact("heard", heard)]
    if fields.get("master_link_status") == "up":
        return [*known, *_silence(info)]
    if fields.get("async_loading") != "1":
        if await _syncs(info, reader):
            return [*known, Fact("syncing", True), SYNCING.found(_sync(info))]
        if fields.get("loading") == "1":
            # It reads its own file and cannot look after the link yet: that is LOADING.
            return known
    age = 0.0 if heard is None else info.observed - heard
    return [*known, *_cut_off(info, age=age, serves=await _serves_stale(reader))]


def _heard(info: InfoReply, last: Mapping[str, object]) -> float | None:
    """When the primary last sent anything (monotonic): it may fall silent before the link ends."""
    if replaced(info, last):
        return None
    silent = number(info.fields, "master_last_io_seconds_ago")
    if info.fields.get("master_link_status") == "up" and silent is not None and silent >= 0:
        return info.observed - silent
    before = last.get("heard")
    return before if isinstance(before, float) else None


async def _syncs(info: InfoReply, reader: Reader) -> bool:
    """Whether the whole data set is on its way.

    A primary that refuses us lets each attempt look like it for a moment, with nothing received.
    """
    fields = info.fields
    if fields.get("master_sync_in_progress") != "1":
        return False
    received = number(fields, "master_sync_read_bytes") or 0.0
    if received > 0 or fields.get("loading") == "1" or reader.last.get("syncing") is True:
        return True
    await asyncio.sleep(_MOMENT)
    reply = await reader.command("INFO", "replication")
    again = parse_info(reply if isinstance(reply, bytes) else b"", observed=0.0, seconds=0.0)
    return again.fields.get("master_sync_in_progress") == "1"


def _cut_off(info: InfoReply, *, age: float, serves: bool) -> Iterable[Item]:
    primary = primary_address(info)
    since = number(info.fields, "master_link_down_since_seconds")
    if info.fields.get("async_loading") == "1":
        # The old data set is served meanwhile, and the persistence probe tells so.
        if not serves:
            yield _masterdown(primary)
    elif since is None or since < 0 or since >= _SINCE_EPOCH:
        told = "" if since is None else f" (master_link_down_since_seconds={since:.0f})"
        yield NEVER_SYNCED.found(f"never synchronised with its primary {primary}{told}")
    elif not serves:
        yield _masterdown(primary)
    else:
        down = f"link to primary {primary} down for {duration(since)}"
        stale = max(since, age)
        old = f" of {duration(stale)} ago" if stale >= since + 2.0 else ""
        yield LINK_DOWN_STALE.found(f"{down}; serving stale data{old}", lost=frozenset())
        yield REPLICA_MAX_STALE.read(stale, f"{down}; its data{old} are older than allowed")


def _masterdown(primary: str) -> Item:
    return MASTERDOWN.found(
        f"link to primary {primary} down; replica refuses reads (replica-serve-stale-data no)"
    )


def _silence(info: InfoReply) -> Iterable[Item]:
    silent = number(info.fields, "master_last_io_seconds_ago")
    if silent is not None:
        primary = primary_address(info)
        message = f"primary {primary} silent for {duration(silent)} although link says up"
        yield PRIMARY_SILENCE.read(silent, message)


async def _serves_stale(reader: Reader) -> bool:
    try:
        config = await reader.config(max_age=1.0)
    except Unavailable:
        return True
    return config.get("replica-serve-stale-data") != "no"


def _sync(info: InfoReply) -> str:
    fields = info.fields
    message = f"full sync from primary {primary_address(info)} in progress"
    read, whole = (
        number(fields, "master_sync_read_bytes"),
        number(fields, "master_sync_total_bytes"),
    )
    loaded = number(fields, "loading_loaded_perc")
    if fields.get("loading") == "1" and loaded is not None:
        message += f", {loaded:.1f}% loaded"
    elif read is not None and whole is not None and whole > 0:
        message += f", {share(read, whole)} received"
    elif read:
        message += f", {size(read)} received"
    return f"{message}; reads are not current until it ends"

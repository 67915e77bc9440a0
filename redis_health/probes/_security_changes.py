"""What an intruder changes: the role, the primary, parameters and modules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from redis_health.info import parse_pairs
from redis_health.model import Condition, InfoReply, Reader
from redis_health.probes._replica import primary_address
from redis_health.probes._replies import lines
from redis_health.probes._security_exposure import is_loopback_alone
from redis_health.probes._security_findings import Looked, shown
from redis_health.probes._security_primaries import EXPECT_PRIMARY, is_expected
from redis_health.probes._security_traces import Trace
from redis_health.probes._words import duration

#: Parameters that can be changed while the server runs, and that an intruder changes: where it
#: writes files, who reaches it, and what scripts may do.
WATCHED = (
    "dir",
    "dbfilename",
    "bind",
    "protected-mode",
    "port",
    "tls-auth-clients",
    "lua-enable-insecure-api",
)
#: Where such a parameter is made to be this, somebody has shut a door.
_SAFE = {
    "protected-mode": "yes",
    "port": "0",
    "tls-auth-clients": "yes",
    "lua-enable-insecure-api": "no",
}
_PEOPLE = {"master": "primary", "slave": "replica"}
_MODULE = "module:"
_MOST_MODULES = 100

UNEXPECTED_PRIMARY = Condition(
    code="UNEXPECTED_PRIMARY",
    summary="the server copies its data from a primary that is not expected",
    advice="REPLICAOF NO ONE, then shut the port to strangers; its data are those of that primary",
)
ROLE_CHANGED = Condition(
    code="ROLE_CHANGED",
    summary="the role changed while the server ran, and nobody is known to have meant it"
    " (a note in a cluster, and where --sentinels are given)",
    advice="if you meant it, give --expect-role or --expect-primary; if not, change it back with"
    " REPLICAOF and see CLIENT LIST for strangers",
)
PRIMARY_CHANGED = Condition(
    code="PRIMARY_CHANGED",
    summary="a replica was given another primary while it ran (a note in a cluster, and where"
    " --sentinels are given)",
    advice="if you meant it, give --expect-primary; if not, REPLICAOF the right one",
)
CONFIG_CHANGED = Condition(
    code="CONFIG_CHANGED",
    summary="parameters that an intruder would change were changed while the server ran",
    advice="if you did not do it, set them back, look for strange files in dir, and change the"
    " password",
)
MODULES_CHANGED = Condition(
    code="MODULES_CHANGED",
    summary="modules were loaded or unloaded while the server ran",
    advice="MODULE LIST shows their paths; if you did not do it, take the server off the network",
)
CONDITIONS = (UNEXPECTED_PRIMARY, ROLE_CHANGED, PRIMARY_CHANGED, CONFIG_CHANGED, MODULES_CHANGED)


def observed(info: InfoReply, config: Mapping[str, str], modules: str) -> dict[str, str]:
    """The present values of what is watched, by name, as far as they are known."""
    values = {name: config[name] for name in WATCHED if name in config}
    if not values.get("dir", "/"):
        # The directory was removed under the server; persistence tells what comes of it.
        del values["dir"]
    loaded = [line.removeprefix(_MODULE) for line in lines(modules) if _MODULE in line]
    names = {parse_pairs(line).get("name", "?") for line in loaded[:_MOST_MODULES]}
    values["modules"] = " ".join(sorted(names))
    role = info.fields.get("role")
    if role is not None:
        values["role"] = _PEOPLE.get(role, role)
    if role == "slave":
        values["primary"] = primary_address(info)
    return values


def safe(values: Mapping[str, str]) -> set[str]:
    """The names of those values that let nobody in."""
    names = {name for name, value in _SAFE.items() if values.get(name) == value}
    bind = values.get("bind", "").split()
    return names | {"bind"} if bind and is_loopback_alone(bind) else names


def looked(
    reader: Reader, info: InfoReply, values: Mapping[str, str], traces: Mapping[str, Trace]
) -> Iterable[Looked]:
    """What is wrong with the values, by their traces at the moment of this INFO."""
    news = {
        name: f"was {shown(trace.first)} and is {shown(trace.now)} since"
        f" {duration(info.observed - trace.since)}"
        for name, trace in traces.items()
        if name in values and trace.since is not None
    }
    yield from _replication(reader, info, news)
    yield _told(CONFIG_CHANGED, "CONFIG", [name for name in WATCHED if name in news], news)
    yield _told(MODULES_CHANGED, "the set of", ["modules"] if "modules" in news else [], news)


def _replication(reader: Reader, info: InfoReply, news: Mapping[str, str]) -> Iterable[Looked]:
    fields, words = info.fields, reader.options.value(EXPECT_PRIMARY)
    follows = fields.get("role") == "slave"
    if words:
        host, port = fields.get("master_host", "?"), fields.get("master_port", "?")
        strange = follows and not is_expected(words, host, port)
        told = f"replicates from {shown(primary_address(info))}; expected: {', '.join(words)}"
        yield Looked(UNEXPECTED_PRIMARY, told if strange else None)
    # Whoever says which primary, or which role, is expected has told us what a change may lead to.
    settled = (follows and words) or reader.options.expect_role
    role, primary = news.get("role"), news.get("primary")
    yield Looked(
        ROLE_CHANGED,
        None if role is None or settled else f"the role {role}{_copies(info)}",
        note=_is_managed(reader, info),
    )
    yield Looked(
        PRIMARY_CHANGED,
        None if primary is None or words else f"the primary {primary}",
        note=_is_managed(reader, info),
    )


def _copies(info: InfoReply) -> str:
    if info.fields.get("role") != "slave":
        return ""
    return f"; its data become those of {shown(primary_address(info))}"


def _is_managed(reader: Reader, info: InfoReply) -> bool:
    """Whether Sentinels or a cluster change roles here as a matter of course."""
    return reader.options.watchers is not None or info.fields.get("cluster_enabled") == "1"


def _told(condition: Condition, what: str, names: list[str], news: Mapping[str, str]) -> Looked:
    changes = "; ".join(f"{name} {news[name]}" for name in names)
    return Looked(condition, f"{what} {changes}" if changes else None)

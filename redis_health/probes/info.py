"""Numbers of INFO that no metric is declared for, so that tomorrow's fields are not lost."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable

from redis_health.info import number
from redis_health.model import InfoReply, Item, Metric, Probe, Reader, Sample, Setting
from redis_health.probes import catalogue
from redis_health.probes._tables import INFO_COMMAND

_MOST = 200
_PLAIN = re.compile(r"[a-z][a-z0-9_]{0,63}")
#: Families of fields that have parsers of their own, and words that may look like numbers.
_FAMILIES = re.compile(
    r"(cmdstat|errorstat|latency_percentiles_usec|used_active_time_io_thread|io_thread)_.*"
    r"|tls_[a-z]+_cert_expires_in_seconds"
    r"|(db|slave|master|module|listener)\d+|db\d+_.*"
    r"|.*_(serial|version|sha1|replid2?|host|port|ip|name|zone|file)"
)
#: Fields that tell nothing that other metrics do not, or that identify and do not count.
_KNOWN = frozenset(
    {
        *("redis_git_dirty", "redis_build_id", "arch_bits", "run_id", "os", "executable"),
        *("server_time_usec", "uptime_in_days", "lru_clock"),
    }
)
#: Sections that are read as a whole elsewhere.
_SECTIONS = frozenset({"cluster info", "commandstats", "errorstats", "latencystats", "keyspace"})

FIELD = Metric(
    name="redis_info_field",
    help="A number of INFO that this version has no metric of its own for.",
    labels=("section", "field"),
)
INFO_FIELDS = Setting(
    name="info_fields",
    default=True,
    help="Show numbers of INFO that have no metric of their own as redis_info_field.",
)


async def collect(reader: Reader) -> Iterable[Item]:
    """From the shared INFO; nothing on a server whose fields are all known."""
    return list(_unknown(await reader.info()))[:_MOST]


def _unknown(info: InfoReply) -> Iterable[Item]:
    for section, fields in info.sections.items():
        if section in _SECTIONS or not _PLAIN.fullmatch(section.replace(" ", "_")):
            continue
        for field in fields:
            if field in _claimed() or _FAMILIES.fullmatch(field) or not _PLAIN.fullmatch(field):
                continue
            value = number(fields, field)
            if value is not None:
                yield Sample(FIELD, value, (section, field))


@functools.cache
def _claimed() -> frozenset[str]:
    """The fields that some probe declares."""
    declared = {metric.field for probe in catalogue() for metric in probe.metrics if metric.field}
    return frozenset(declared | _KNOWN)


PROBE = Probe(
    name="info",
    summary="numbers of INFO that have no metric of their own",
    interval=5.0,
    timeout=2.0,
    collect=collect,
    commands=(INFO_COMMAND,),
    metrics=(FIELD,),
    settings=(INFO_FIELDS,),
    opt_in=INFO_FIELDS,
)

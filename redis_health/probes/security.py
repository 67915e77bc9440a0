"""Whether strangers get in, and whether somebody changed what intruders change."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from redis_health.errors import Unavailable
from redis_health.model import Command, Fact, InfoReply, Item, Probe, Reader, Sample
from redis_health.probes import _security_changes as changes
from redis_health.probes import _security_exposure as exposures
from redis_health.probes._replies import text
from redis_health.probes._security_alerts import ALERTS
from redis_health.probes._security_findings import FINDING
from redis_health.probes._security_primaries import EXPECT_PRIMARY
from redis_health.probes._security_rights import (
    DANGEROUS_RIGHTS,
    DRYRUN_COMMAND,
    RIGHTS,
    Rights,
    own_rights,
    rights_of,
)
from redis_health.probes._security_traces import CHANGES_TOLD, follow
from redis_health.probes._server import is_sentinel, replaced, version
from redis_health.probes._tables import CONFIG_COMMAND, INFO_COMMAND

#: Seconds, less than a round: what was changed in it shows at its end.
_MAX_AGE = 10.0
#: Redis 6 takes one parameter a question, so that it is asked every third round.
_MAX_AGE_BEFORE_7 = 40.0
_DEFAULT = "default"


async def collect(reader: Reader) -> Iterable[Item]:
    """CONFIG, the modules and a knock; of a Sentinel nothing, which changes all of these itself."""
    info = await reader.info()
    if is_sentinel(info):
        return []
    config = await _config(reader, info)
    changed = _changed(reader, info, config, await _modules(reader))
    return [*changed, *await _access(reader, info, config)]


async def _access(reader: Reader, info: InfoReply, config: Mapping[str, str]) -> list[Item]:
    user = reader.access.user or _DEFAULT
    rights = {user: await rights_of(reader, info, user)}
    # Last, since a server that answers us may let new connections wait.
    found, met = await exposures.exposure(reader, info, config)
    if found.served and _DEFAULT not in rights:
        rights[_DEFAULT] = await rights_of(reader, info, _DEFAULT)
    result: list[Item] = [
        item for each in found.looked(_of_default(rights, config, user)) for item in each.items()
    ]
    result += own_rights(reader, rights[user])
    if found.exposed is not None:
        result.append(Sample(exposures.EXPOSED, float(found.exposed)))
    if met is not None:
        result.append(Fact("met", met))
    result += [Fact(f"rights of {name}", known) for name, known in rights.items() if known]
    return result


def _of_default(
    rights: Mapping[str, Rights | None], config: Mapping[str, str], user: str
) -> tuple[str, ...] | None:
    known = rights.get(_DEFAULT)
    if known is not None:
        return known.held
    # Before Redis 7 nobody tells, but that CONFIG is answered to us.
    return ("CONFIG",) if config and user == _DEFAULT else None


def _changed(
    reader: Reader, info: InfoReply, config: Mapping[str, str], modules: str
) -> Iterable[Item]:
    known = reader.last.get("traces")
    traces = known if isinstance(known, dict) and not replaced(info, reader.last) else {}
    values = changes.observed(info, config, modules)
    told = reader.options.value(CHANGES_TOLD)
    traces = follow(traces, values, at=info.observed, told=told, safe=changes.safe(values))
    for each in changes.looked(reader, info, values, traces):
        yield from each.items()
    yield Fact("run_id", info.fields.get("run_id"))
    yield Fact("traces", traces)


async def _config(reader: Reader, info: InfoReply) -> Mapping[str, str]:
    max_age = _MAX_AGE if version(info) >= (7,) else _MAX_AGE_BEFORE_7
    try:
        return await reader.config(max_age=max_age)
    except Unavailable:
        return {}


async def _modules(reader: Reader) -> str:
    # Each module has a line of the same name, and the shared INFO keeps the first of a name.
    return text(await reader.optional("INFO", "modules"))


PROBE = Probe(
    name="security",
    summary="whether strangers get in, and what was changed while the server ran",
    interval=15.0,
    timeout=2.0,
    collect=collect,
    commands=(
        INFO_COMMAND,
        CONFIG_COMMAND,
        Command("INFO modules", "about 10 µs, 0.2 KB a module", optional=True),
        Command(
            "PING",
            "about 1 µs, on a connection of its own that does not log in; with a login of our own"
            " only where a stranger might be served, and once where he is not",
        ),
        DRYRUN_COMMAND,
    ),
    metrics=(FINDING, exposures.EXPOSED, RIGHTS),
    conditions=(*exposures.CONDITIONS, DANGEROUS_RIGHTS, *changes.CONDITIONS),
    alerts=ALERTS,
    settings=(EXPECT_PRIMARY, CHANGES_TOLD),
)

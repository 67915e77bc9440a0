"""INFO's module sections: which modules are loaded, and what they tell of themselves."""

from __future__ import annotations

from collections.abc import Iterable

from redis_health.info import parse_pairs, samples
from redis_health.model import Command, Item, Metric, Probe, Reader, Sample, Setting
from redis_health.probes._modules_metrics import METRICS
from redis_health.probes._replies import lines
from redis_health.probes._server import is_sentinel
from redis_health.probes._tables import INFO_COMMAND

_LABELS = ("name", "ver", "api", "filters", "usedby", "using")
_LINE = "module:"
_MOST = 100

MODULE = Metric(
    name="redis_module_info",
    help="1 for each loaded module, with its line of INFO modules as labels.",
    labels=_LABELS,
)
INCLUDE_MODULES = Setting(
    name="include_modules", default=False, help="Show the loaded modules and their own numbers."
)


async def collect(reader: Reader) -> Iterable[Item]:
    """The numbers from the shared INFO; the lines from a question of its own."""
    info = await reader.info()
    result: list[Item] = list(samples(info, METRICS))
    if is_sentinel(info):
        return result
    # Each module has a line of the same name, and the shared INFO keeps the first of a name.
    told = lines(await reader.optional("INFO", "modules"))
    for line in [line for line in told if line.startswith(_LINE)][:_MOST]:
        pairs = parse_pairs(line.removeprefix(_LINE))
        result.append(Sample(MODULE, 1.0, tuple(pairs.get(label, "") for label in _LABELS)))
    return result


PROBE = Probe(
    name="modules",
    summary="which modules are loaded, and what they tell of themselves",
    interval=15.0,
    timeout=2.0,
    collect=collect,
    commands=(
        INFO_COMMAND,
        Command("INFO modules", "about 10 µs, 0.2 KB a module", optional=True),
    ),
    metrics=(MODULE, *METRICS),
    settings=(INCLUDE_MODULES,),
    opt_in=INCLUDE_MODULES,
)

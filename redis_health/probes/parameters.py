"""CONFIG: the limits that INFO does not tell."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from redis_health.info import number
from redis_health.model import Item, Metric, Probe, Reader, Sample
from redis_health.probes._server import is_sentinel
from redis_health.probes._tables import CONFIG_COMMAND, INFO_COMMAND

#: More than a round, so that what another probe has asked for lately will do.
_MAX_AGE = 90.0

IO_THREADS = Metric(name="redis_config_io_threads", help="CONFIG GET: io-threads.")
BUFFER_LIMIT = Metric(
    name="redis_config_client_output_buffer_limit_bytes",
    help="CONFIG GET: client-output-buffer-limit, by class; 0 is no limit.",
    labels=("class", "limit"),
)
BUFFER_SECONDS = Metric(
    name="redis_config_client_output_buffer_limit_overcome_seconds",
    help="CONFIG GET: client-output-buffer-limit, how long the soft limit may be exceeded.",
    labels=("class", "limit"),
)


async def collect(reader: Reader) -> Iterable[Item]:
    """From the parameters that the probes share; a Sentinel has none of them."""
    if is_sentinel(await reader.info()):
        return []
    parameters = await reader.config(max_age=_MAX_AGE)
    threads = number(parameters, "io-threads")
    result: list[Item] = [Sample(IO_THREADS, threads)] if threads is not None else []
    return [*result, *_buffers(parameters)]


def _buffers(parameters: Mapping[str, str]) -> Iterable[Item]:
    words = parameters.get("client-output-buffer-limit", "").split()
    for name, *limits in zip(words[::4], words[1::4], words[2::4], words[3::4], strict=False):
        hard, soft, seconds = (number({"": limit}, "") for limit in limits)
        for metric, value, limit in (
            (BUFFER_LIMIT, hard, "hard"),
            (BUFFER_LIMIT, soft, "soft"),
            (BUFFER_SECONDS, seconds, "soft"),
        ):
            if value is not None:
                yield Sample(metric, value, (name, limit))


PROBE = Probe(
    name="parameters",
    summary="the limits that INFO does not tell",
    interval=60.0,
    timeout=2.0,
    collect=collect,
    commands=(CONFIG_COMMAND, INFO_COMMAND),
    metrics=(IO_THREADS, BUFFER_LIMIT, BUFFER_SECONDS),
)
